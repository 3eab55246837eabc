-- collectgarbage with every option and argument.
--! end = done
for _, option in ipairs { "collect", "stop", "restart", "count", "step", "setpause", "setstepmul",
  "isrunning", "generational", "incremental", "nonsense", "" } do
  for _, argument in ipairs { 0, 1, -1, math.maxinteger, math.mininteger, 0.5, "x" } do
    pcall(collectgarbage, option, argument)
  end
end
collectgarbage("restart")
