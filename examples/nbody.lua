-- lunette run examples/nbody.lua 100000
--
-- Follows the Sun and the four giant planets through time and prints where they went.
--
--   nbody.lua [STEPS] [DAYS_PER_STEP]
--
-- The total energy should stay what it was: how far it drifts tells how good the steps are.

local DAYS_PER_YEAR = 365.24
local SUN_MASS = 4 * math.pi ^ 2 -- in units where distances are astronomical and time in years

local function fail(message)
  local line = "nbody: " .. message .. "\n"
  if io.stderr then io.stderr:write(line) else io.write(line) end
  os.exit(2)
end

local Body = {}
Body.__index = Body

-- Position in astronomical units, velocity in units per day, mass in suns.
function Body.new(name, position, velocity, mass)
  return setmetatable({
    name = name,
    x = position[1], y = position[2], z = position[3],
    vx = velocity[1] * DAYS_PER_YEAR, vy = velocity[2] * DAYS_PER_YEAR,
    vz = velocity[3] * DAYS_PER_YEAR,
    mass = mass * SUN_MASS,
  }, Body)
end

function Body:distance() return math.sqrt(self.x ^ 2 + self.y ^ 2 + self.z ^ 2) end

function Body:drift(dt)
  self.x = self.x + self.vx * dt
  self.y = self.y + self.vy * dt
  self.z = self.z + self.vz * dt
end

-- Changes the velocities of both bodies by what they pull on each other in a time dt.
function Body:attract(other, dt)
  local dx, dy, dz = self.x - other.x, self.y - other.y, self.z - other.z
  local square = dx * dx + dy * dy + dz * dz
  local pull = dt / (square * math.sqrt(square))
  local from_other, from_self = other.mass * pull, self.mass * pull
  self.vx = self.vx - dx * from_other
  self.vy = self.vy - dy * from_other
  self.vz = self.vz - dz * from_other
  other.vx = other.vx + dx * from_self
  other.vy = other.vy + dy * from_self
  other.vz = other.vz + dz * from_self
end

local function solar_system()
  return {
    Body.new("Sun", { 0, 0, 0 }, { 0, 0, 0 }, 1),
    Body.new("Jupiter", { 4.841431, -1.160320, -0.103622 },
      { 0.001660077, 0.007699011, -0.0000690460 }, 0.000954792),
    Body.new("Saturn", { 8.343367, 4.124799, -0.403523 },
      { -0.002767425, 0.004998528, 0.0000230417 }, 0.000285886),
    Body.new("Uranus", { 12.894370, -15.111151, -0.223308 },
      { 0.002964601, 0.002378472, -0.0000296590 }, 0.0000436624),
    Body.new("Neptune", { 15.379697, -25.919315, 0.179259 },
      { 0.002680678, 0.001628242, -0.0000951592 }, 0.0000515139),
  }
end

-- Gives the Sun the momentum that makes the whole system rest.
local function rest(bodies)
  local sun = bodies[1]
  for i = 2, #bodies do
    local body = bodies[i]
    sun.vx = sun.vx - body.vx * body.mass / sun.mass
    sun.vy = sun.vy - body.vy * body.mass / sun.mass
    sun.vz = sun.vz - body.vz * body.mass / sun.mass
  end
end

local function energy(bodies)
  local total = 0
  for i, body in ipairs(bodies) do
    total = total + 0.5 * body.mass * (body.vx ^ 2 + body.vy ^ 2 + body.vz ^ 2)
    for j = i + 1, #bodies do
      local other = bodies[j]
      local dx, dy, dz = body.x - other.x, body.y - other.y, body.z - other.z
      total = total - body.mass * other.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return total
end

local function advance(bodies, dt)
  for i = 1, #bodies do
    for j = i + 1, #bodies do bodies[i]:attract(bodies[j], dt) end
  end
  for i = 1, #bodies do bodies[i]:drift(dt) end
end

local function show(bodies, years)
  io.write(string.format("after %.1f years, energy %.9f\n", years, energy(bodies)))
  for _, body in ipairs(bodies) do
    io.write(string.format("  %-8s %11.6f %11.6f %11.6f   %9.4f from the origin\n",
      body.name, body.x, body.y, body.z, body:distance()))
  end
end

local arguments = arg or {}
local steps = math.tointeger(tonumber(arguments[1] or 20000))
local days = tonumber(arguments[2] or 3)
if not steps or steps < 0 then fail("STEPS must be a whole number, 0 or more") end
if not days or days <= 0 then fail("DAYS_PER_STEP must be a number above 0") end

local bodies, dt = solar_system(), days / DAYS_PER_YEAR
rest(bodies)
show(bodies, 0)
local before = energy(bodies)
for _ = 1, steps do advance(bodies, dt) end
show(bodies, steps * dt)
io.write(string.format("energy drift: %.3g parts in a million\n",
  (energy(bodies) - before) / math.abs(before) * 1e6))
