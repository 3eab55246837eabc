-- Two little interpreters: a stack machine and a byte-tape language.
-- quick size: 20
local n = tonumber(arg and arg[1]) or 280000

-- Stack machine: each operation is a function chosen by name.
local operations = {}
function operations.push(m, value) m.top = m.top + 1 m.stack[m.top] = value end
function operations.load(m, slot) m.top = m.top + 1 m.stack[m.top] = m.slots[slot] end
function operations.store(m, slot) m.slots[slot] = m.stack[m.top] m.top = m.top - 1 end
function operations.add(m)
  local s, t = m.stack, m.top
  s[t - 1] = s[t - 1] + s[t]
  m.top = t - 1
end
function operations.xor(m)
  local s, t = m.stack, m.top
  s[t - 1] = (s[t - 1] * 31 + s[t]) % 65536
  m.top = t - 1
end
function operations.less(m)
  local s, t = m.stack, m.top
  s[t - 1] = s[t - 1] < s[t]
  m.top = t - 1
end
function operations.branch(m, target)
  if m.stack[m.top] then m.pc = target end
  m.top = m.top - 1
end

local program = {
  { "push", 0 }, { "store", "i" }, { "push", 0 }, { "store", "sum" },
  { "load", "i" }, { "push", 1 }, { "add" }, { "store", "i" },
  { "load", "sum" }, { "load", "i" }, { "add" }, { "push", 5 }, { "xor" }, { "store", "sum" },
  { "load", "i" }, { "push", n }, { "less" }, { "branch", 5 },
}
local machine = { stack = {}, slots = {}, top = 0, pc = 1 }
while machine.pc <= #program do
  local instruction = program[machine.pc]
  machine.pc = machine.pc + 1
  operations[instruction[1]](machine, instruction[2])
end
print(machine.slots.i, machine.slots.sum)

-- Byte tape: eight one-character commands, brackets matched beforehand.
local function compile(source)
  local code, open = {}, {}
  for c in source:gmatch("[%+%-<>%.%[%]]") do
    code[#code + 1] = { op = c }
    if c == "[" then
      open[#open + 1] = #code
    elseif c == "]" then
      local start = table.remove(open)
      code[#code].jump, code[start].jump = start, #code
    end
  end
  return code
end

local function run(code, limit)
  local tape, cell, pc, steps, out = { 0 }, 1, 1, 0, {}
  while pc <= #code and steps < limit do
    local instruction = code[pc]
    local op = instruction.op
    if op == "+" then tape[cell] = (tape[cell] + 1) % 256
    elseif op == "-" then tape[cell] = (tape[cell] - 1) % 256
    elseif op == ">" then
      cell = cell + 1
      if not tape[cell] then tape[cell] = 0 end
    elseif op == "<" then cell = cell - 1
    elseif op == "." then out[#out + 1] = string.char(tape[cell])
    elseif op == "[" then
      if tape[cell] == 0 then pc = instruction.jump end
    elseif tape[cell] ~= 0 then pc = instruction.jump end
    pc, steps = pc + 1, steps + 1
  end
  return table.concat(out), steps
end

-- Prints the letters A to Z; between two letters a cell goes round and round.
local letters = [[
  ++++++++[>++++++++<-]>+ >+++++[<<+++++>>-]<<+
  [>.+>+++[>-[-]+[+]<-]<<-]
]]
local total, code = 0, compile(letters)
for round = 1, n / 40000 + 1 do
  local text, steps = run(code, n * 15)
  total = total + round * steps
  if round == 1 then print(text) end
end
print(total)
