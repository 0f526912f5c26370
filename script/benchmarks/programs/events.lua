-- wrk script: posts single events of about 2 KB, each with a unique id, and counts answers other than 200. Arguments:
-- a file with the payload, the tokens of the users who send in turn, and `bare` for a server of other events.
local thread_number = 0
function setup(thread)
  thread_number = thread_number + 1
  thread:set("number", thread_number)
end

function init(args)
  math.randomseed(os.time() * 1000 + number)
  run = string.format("%08x-%04x-4%03x", math.random(0, 0x7fffffff), math.random(0, 0xffff), math.random(0, 0xfff))
  count, failed = 0, 0
  local payload = io.open(args[1]):read("*a")
  before = '{"id":"' .. run .. "-8" .. string.format("%03x", number) .. "-"
  -- The members in the order of Memfog's client.
  after = '","ts":"2026-11-21T08:00:00.000Z","project":"/home/dev/my-repo","schema_version":1,'
    .. '"kind":{"type":"HookEvent","data":{"hook":"post_tool_use","data":' .. payload .. "}},"
    .. '"root":"/home/dev/my-repo","client":{"name":"bench","version":"1"}}'
  if args[3] == "bare" then
    before = '{"source_app":"bench","session_id":"' .. run .. '","hook_event_type":"PostToolUse","timestamp":1'
    after = ',"payload":' .. payload .. "}"
  end
  headers = {}
  for token in string.gmatch(args[2] or "", "%S+") do
    headers[#headers + 1] = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
  end
  headers[1] = headers[1] or { ["Content-Type"] = "application/json" }
  pattern = args[3] == "bare" and "%012d" or "%012x"
end

function request()
  count = count + 1
  return wrk.format("POST", nil, headers[count % #headers + 1], before .. string.format(pattern, count) .. after)
end

function response(status)
  if status ~= 200 then failed = failed + 1 end
end

function done(summary, latency)
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "errors": %d, "p50_ms": %.2f, "p95_ms": %.2f, "p99_ms": %.2f}\n',
    summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
