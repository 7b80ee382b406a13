-- SPDX-License-Identifier: MIT
--
-- Contract 4: the trace file, format version 5 (PRAGMA user_version; application_id 'ACTR').
-- Stability: a version is never changed once released; readers name the versions that they refuse.
--
-- Everything here is readable with any SQLite. The events are packed in chunk_data; the virtual
-- tables events, turns, messages and unhandled (built into actor-trace, or actor_trace.so) unpack
-- them; docs/TRACE_FORMAT.md says how. Ticks are the program's clock; nanoseconds (..._ns) count from the start of the session.
-- Unsigned 64-bit numbers (pid, identity, hash) are stored with the same bits as signed ones.

CREATE TABLE meta (              -- complete, format, program, argv, seed, events, ...
	key   TEXT PRIMARY KEY,
	value ANY
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (             -- the clocks read at one instant; straight lines in between
	ticks        INTEGER PRIMARY KEY,
	monotonic_ns INTEGER NOT NULL,
	realtime_ns  INTEGER NOT NULL,
	time_ns      INTEGER NOT NULL,  -- since the first reading
	ns_per_tick  REAL NOT NULL      -- from here to the next reading
) STRICT;

CREATE TABLE threads (
	thread INTEGER PRIMARY KEY,     -- its ring's index
	kind   TEXT NOT NULL,           -- scheduler, io, timer, detached, foreign
	tid    INTEGER NOT NULL,
	name   TEXT NOT NULL
) STRICT;

CREATE TABLE strings (
	offset INTEGER PRIMARY KEY,     -- in the plane's string table
	text   TEXT NOT NULL
) STRICT;

CREATE TABLE types (
	type        INTEGER PRIMARY KEY,  -- the tag of a message
	name        TEXT NOT NULL,
	ctype       TEXT,
	size        INTEGER NOT NULL,
	flexible    INTEGER NOT NULL,
	reply_ctype TEXT,
	reply_size  INTEGER NOT NULL
) STRICT;

CREATE TABLE behaviours (
	behaviour   INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,
	state_ctype TEXT,
	state_size  INTEGER NOT NULL
) STRICT;

CREATE TABLE reasons (           -- why actors end, and statuses; other numbers are the program's
	reason INTEGER PRIMARY KEY,
	text   TEXT NOT NULL
) STRICT;

CREATE TABLE kinds (             -- of events that the recorder knew
	kind INTEGER PRIMARY KEY,
	name TEXT NOT NULL
) STRICT;

CREATE TABLE actor (             -- see the view actors
	pid         INTEGER PRIMARY KEY,
	parent      INTEGER,
	nth         INTEGER,
	identity    INTEGER,
	behaviour   INTEGER,
	name        TEXT,
	kind        INTEGER,
	spawn_ticks INTEGER,
	exit_ticks  INTEGER,
	exit_reason INTEGER,
	restarts    INTEGER
) STRICT;

CREATE TABLE actor_pack (        -- more actors, without a name: those that ended young
	id       INTEGER PRIMARY KEY,   -- below 16: too young to be a row, written anew each time
	n        INTEGER NOT NULL,      -- actors, at most 8192; none of them is a row of actor
	least    INTEGER NOT NULL,      -- pid
	greatest INTEGER NOT NULL,      -- pid
	checksum INTEGER NOT NULL,      -- XXH3-64 of the blob
	data     BLOB NOT NULL
) STRICT;

CREATE INDEX actor_pack_pids ON actor_pack (least, greatest);

CREATE TABLE gap (               -- see the view gaps
	id         INTEGER PRIMARY KEY,
	thread     INTEGER NOT NULL,
	from_ticks INTEGER,
	to_ticks   INTEGER,
	events     INTEGER,             -- NULL: not known how many
	reason     TEXT NOT NULL
) STRICT;

CREATE TABLE positions (         -- how far each ring is stored
	thread     INTEGER PRIMARY KEY,
	next_event INTEGER NOT NULL
) STRICT;

CREATE TABLE payloads (          -- where the recording asked for them: first bytes of messages
	sender INTEGER NOT NULL,        -- pid
	seq    INTEGER NOT NULL,        -- the sender's running number for the message
	data   BLOB NOT NULL,
	PRIMARY KEY (sender, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE btf (               -- C types of payloads and states, where the program has them
	id   INTEGER PRIMARY KEY,       -- 1
	size INTEGER NOT NULL,          -- bytes of BTF
	data BLOB NOT NULL              -- the BTF, as one zstd frame
) STRICT;

CREATE TABLE rollup (            -- per second, message type and actor; see throughput, top_talkers
	second  INTEGER NOT NULL,
	type    INTEGER NOT NULL,
	actor   INTEGER NOT NULL,       -- whose turns; 0: all that are not told apart
	sent    INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,       -- of the payloads sent
	handled INTEGER NOT NULL,       -- by handlers: all but replies, signals and the like
	turns   INTEGER NOT NULL,       -- all turns that a message of this type opened
	busy_ns INTEGER NOT NULL,       -- running time of the turns, without waiting in calls
	PRIMARY KEY (second, type, actor)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (             -- what is in each blob of chunk_data, to skip by
	id            INTEGER PRIMARY KEY,
	thread        INTEGER NOT NULL,
	first         INTEGER NOT NULL, -- number of the first event in its ring
	n             INTEGER NOT NULL, -- events, at most 8192
	t0            INTEGER NOT NULL, -- ticks: no event is earlier
	t1            INTEGER NOT NULL, -- ticks: no event is later
	kinds         INTEGER NOT NULL, -- bit k: events of kind k are in it
	context_actor INTEGER NOT NULL, -- whose turn it was before the first event, 0: none
	context_ticks INTEGER NOT NULL, -- when that turn began
	checksum      INTEGER NOT NULL, -- XXH3-64 of the blob
	actors        BLOB NOT NULL     -- Bloom filter of the pids; its size is a power of two
) STRICT;

CREATE INDEX chunk_time ON chunk (thread, t0);

CREATE INDEX chunk_span ON chunk (     -- all that a search by time asks of a chunk
	t0, t1, thread, first, n, kinds, context_actor, context_ticks);

CREATE TABLE chunk_data (
	id   INTEGER PRIMARY KEY,
	data BLOB NOT NULL
) STRICT;

CREATE VIEW actors AS
SELECT a.pid AS id,
       printf('<%d.%d.%d>', (a.pid >> 56) & 255, a.pid & 16777215, (a.pid >> 24) & 4294967295)
           AS pid,
       coalesce(a.name, '') AS name,
       coalesce(b.name, '') AS behaviour,
       CASE a.kind WHEN 1 THEN 'supervisor' WHEN 2 THEN 'port' WHEN 3 THEN 'foreign'
                   ELSE 'actor' END AS kind,
       CASE WHEN a.parent IS NULL THEN NULL
            ELSE printf('<%d.%d.%d>', (a.parent >> 56) & 255, a.parent & 16777215,
                        (a.parent >> 24) & 4294967295) END AS parent,
       a.nth AS nth,
       printf('%016x', a.identity) AS identity,
       (SELECT c.time_ns + CAST(round((a.spawn_ticks - c.ticks) * c.ns_per_tick) AS INTEGER)
          FROM clock c WHERE c.ticks <= a.spawn_ticks ORDER BY c.ticks DESC LIMIT 1) AS spawn_ns,
       (SELECT c.time_ns + CAST(round((a.exit_ticks - c.ticks) * c.ns_per_tick) AS INTEGER)
          FROM clock c WHERE c.ticks <= a.exit_ticks ORDER BY c.ticks DESC LIMIT 1) AS exit_ns,
       coalesce(r.text, CAST(a.exit_reason AS TEXT)) AS exit_reason,
       coalesce(a.restarts, 0) AS restarts
  FROM actor a LEFT JOIN behaviours b ON b.behaviour = a.behaviour
               LEFT JOIN reasons r ON r.reason = a.exit_reason;

CREATE VIEW gaps AS
SELECT g.id, g.thread, t.name AS thread_name,
       (SELECT c.time_ns + CAST(round((g.from_ticks - c.ticks) * c.ns_per_tick) AS INTEGER)
          FROM clock c WHERE c.ticks <= g.from_ticks ORDER BY c.ticks DESC LIMIT 1) AS from_ns,
       (SELECT c.time_ns + CAST(round((g.to_ticks - c.ticks) * c.ns_per_tick) AS INTEGER)
          FROM clock c WHERE c.ticks <= g.to_ticks ORDER BY c.ticks DESC LIMIT 1) AS to_ns,
       g.events, g.reason
  FROM gap g LEFT JOIN threads t ON t.thread = g.thread;

CREATE VIEW throughput AS
SELECT r.second, coalesce(t.name, printf('type %d', r.type)) AS type, sum(r.sent) AS sent,
       sum(r.bytes) AS bytes, sum(r.handled) AS handled, sum(r.turns) AS turns,
       sum(r.busy_ns) AS busy_ns
  FROM rollup r LEFT JOIN types t ON t.type = r.type GROUP BY r.second, r.type;

CREATE VIEW top_talkers AS
SELECT CASE r.actor WHEN 0 THEN '(not told apart)'
            ELSE printf('<%d.%d.%d>', (r.actor >> 56) & 255, r.actor & 16777215,
                        (r.actor >> 24) & 4294967295) END AS actor,
       coalesce(a.name, '') AS name, coalesce(b.name, '') AS behaviour, sum(r.sent) AS sent,
       sum(r.bytes) AS bytes, sum(r.handled) AS handled, sum(r.busy_ns) AS busy_ns
  FROM rollup r LEFT JOIN actor a ON a.pid = r.actor
                LEFT JOIN behaviours b ON b.behaviour = a.behaviour
 GROUP BY r.actor ORDER BY 4 DESC, 6 DESC, r.actor;

CREATE VIEW actors_by_behaviour AS
SELECT coalesce(nullif(behaviour, ''), '(unknown)') AS behaviour, count(*) AS actors,
       sum(exit_ns IS NULL AND exit_reason IS NULL) AS alive,
       sum(exit_reason IS NOT NULL AND exit_reason NOT IN ('normal', 'shutdown')) AS failed,
       sum(restarts) AS restarts
  FROM actors GROUP BY 1 ORDER BY 2 DESC, 1;

-- What the kernel saw: actor-trace record --kernel. A file need not have these tables; they are empty
-- where the recording did not ask for it. The virtual tables sched, cpu_samples, page_faults and
-- turn_time unpack and join it.

CREATE TABLE kernel_chunk (
	id       INTEGER PRIMARY KEY,
	n        INTEGER NOT NULL,      -- rows, at most 4096
	t0_ns    INTEGER NOT NULL,      -- no row begins earlier
	t1_ns    INTEGER NOT NULL,      -- no row ends later
	kinds    INTEGER NOT NULL,      -- bit 1: off a CPU, 2: page faults, 3: samples
	checksum INTEGER NOT NULL,      -- XXH3-64 of the blob
	data     BLOB NOT NULL
) STRICT;

CREATE TABLE kernel_task (       -- who had the CPU, who woke whom
	task INTEGER PRIMARY KEY,
	pid  INTEGER NOT NULL,
	tid  INTEGER NOT NULL,
	comm TEXT NOT NULL
) STRICT;

CREATE TABLE kernel_stack (
	stack  INTEGER PRIMARY KEY,
	frames TEXT NOT NULL            -- from the outermost function, separated by ;
) STRICT;

CREATE TABLE kernel_syscall (
	syscall INTEGER PRIMARY KEY,
	name    TEXT NOT NULL
) STRICT;
