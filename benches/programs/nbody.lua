-- Planets under gravity: reads and writes of float fields in a few tables.
-- quick size: 50
local n = tonumber(arg and arg[1]) or 220000

local PI = 3.141592653589793
local SOLAR_MASS = 4 * PI * PI
local DAYS = 365.24

-- x, y, z in astronomical units; velocities in units per day; mass in suns.
local function body(x, y, z, vx, vy, vz, mass)
  return {
    x = x, y = y, z = z,
    vx = vx * DAYS, vy = vy * DAYS, vz = vz * DAYS,
    mass = mass * SOLAR_MASS,
  }
end

local bodies = {
  body(0, 0, 0, 0, 0, 0, 1),
  body(4.841431, -1.160320, -0.103622, 0.001660077, 0.007699011, -0.0000690460, 0.000954792),
  body(8.343367, 4.124799, -0.403523, -0.002767425, 0.004998528, 0.0000230417, 0.000285886),
  body(12.894370, -15.111151, -0.223308, 0.002964601, 0.002378472, -0.0000296590, 0.0000436624),
  body(15.379697, -25.919315, 0.179259, 0.002680678, 0.001628242, -0.0000951592, 0.0000515139),
}

local function centre(system)
  local px, py, pz = 0, 0, 0
  for _, b in ipairs(system) do
    px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
  end
  local sun = system[1]
  sun.vx, sun.vy, sun.vz = -px / sun.mass, -py / sun.mass, -pz / sun.mass
end

local function energy(system)
  local e = 0
  for i, a in ipairs(system) do
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #system do
      local b = system[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(system, dt)
  local count = #system
  for i = 1, count do
    local a = system[i]
    local ax, ay, az, amass = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, count do
      local b = system[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local square = dx * dx + dy * dy + dz * dz
      local pull = dt / (square * math.sqrt(square))
      local bpull = b.mass * pull
      vx, vy, vz = vx - dx * bpull, vy - dy * bpull, vz - dz * bpull
      local apull = amass * pull
      b.vx, b.vy, b.vz = b.vx + dx * apull, b.vy + dy * apull, b.vz + dz * apull
    end
    a.vx, a.vy, a.vz = vx, vy, vz
  end
  for i = 1, count do
    local b = system[i]
    b.x, b.y, b.z = b.x + dt * b.vx, b.y + dt * b.vy, b.z + dt * b.vz
  end
end

centre(bodies)
print(string.format("%.9f", energy(bodies)))
for _ = 1, n do advance(bodies, 0.01) end
print(string.format("%.9f", energy(bodies)))
