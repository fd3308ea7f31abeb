-- Announces of a steady fleet: `torrents` swarms with `peers` peers in all, each announcing again and again. Within
-- its swarm each has a port of its own, as if it had an address of its own; those of udp_load are others.
-- wrk -s announce.lua URL -- close|keep TORRENTS PEERS
local mode, torrents, peers = "close", 1000, 100000
local requests = {}
local next_request = 0

local function hex20(prefix, number)
   local text = prefix .. string.format("%038x", number * 2654435761 % 4294967296)
   return (text:gsub("(%x%x)", "%%%1"))
end

function info_hash(number)
   return hex20("a5" .. "", number)
end

function init(args)
   mode = args[1] or mode
   torrents = tonumber(args[2] or torrents)
   peers = tonumber(args[3] or peers)
   math.randomseed(7)
   local header = mode == "close" and "Connection: close\r\n" or ""
   for i = 1, peers do
      local left = i % 4 == 0 and 0 or 1000000 + i
      requests[i] = string.format(
         "GET /announce?info_hash=%s&peer_id=-WK0001-%012d&port=%d&uploaded=0&downloaded=0&left=%d&numwant=50&compact=1 HTTP/1.1\r\nHost: tracker\r\n%s\r\n",
         info_hash(i % torrents), i, 1024 + math.floor(i / torrents), left, header)
   end
   for i = peers, 2, -1 do
      local j = math.random(i)
      requests[i], requests[j] = requests[j], requests[i]
   end
end

function request()
   next_request = next_request % peers + 1
   return requests[next_request]
end

function done(summary, latency)
   io.write(string.format("RESULT %.0f %.0f %.0f %d\n", summary.requests / summary.duration * 1e6,
      latency:percentile(50), latency:percentile(99),
      summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write))
end
