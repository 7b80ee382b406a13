-- SPDX-License-Identifier: MIT
-- Views that need the virtual tables; made anew, as temporary views, in every session.

CREATE TEMP VIEW IF NOT EXISTS slowest_turns AS
SELECT run_ns, wait_ns, start_ns, actor, actor_name, behaviour, type, kind, sends, id
  FROM turns WHERE run_ns IS NOT NULL ORDER BY run_ns DESC;

CREATE TEMP VIEW IF NOT EXISTS queue_wait_by_type AS
SELECT type, count(*) AS messages,
       CAST(round(percentile(queue_ns, 50)) AS INTEGER) AS queue_p50_ns,
       CAST(round(percentile(queue_ns, 99)) AS INTEGER) AS queue_p99_ns,
       max(queue_ns) AS queue_max_ns,
       CAST(round(percentile(run_ns, 50)) AS INTEGER) AS run_p50_ns,
       CAST(round(percentile(run_ns, 99)) AS INTEGER) AS run_p99_ns,
       max(depth) AS depth_max
  FROM messages GROUP BY type ORDER BY messages DESC;

CREATE TEMP VIEW IF NOT EXISTS busiest_pairs AS
SELECT sender, sender_name, receiver, receiver_name, count(*) AS messages, sum(size) AS bytes
  FROM messages WHERE sender IS NOT NULL GROUP BY sender, receiver ORDER BY messages DESC;

CREATE TEMP VIEW IF NOT EXISTS who_blocked_whom AS
SELECT caller, caller_name, callee, callee_name, how, count(*) AS calls, sum(total_ns) AS waited_ns,
       CAST(round(avg(total_ns)) AS INTEGER) AS mean_ns, max(total_ns) AS longest_ns,
       sum(outcome = 'timeout') AS timeouts, sum(outcome = 'died') AS died,
       sum(outcome IS NULL) AS open
  FROM calls WHERE how <> 'request' GROUP BY caller, callee, how ORDER BY waited_ns DESC;

-- Messages with what was in them; needs record --payload.
CREATE TEMP VIEW IF NOT EXISTS payloads_decoded AS
SELECT e.id, e.time_ns AS sent_ns, e.actor AS sender, e.actor_name AS sender_name, e.seq,
       e.peer AS receiver, e.type, e.message AS kind, e.size, length(p.data) AS kept,
       decode(p.data, e.type, e.message) AS payload
  FROM events e JOIN payloads p ON p.sender = e.actor_id AND p.seq = e.seq WHERE e.kind = 'send';

-- What had no end when the recording ended: messages that met no receiver, calls without an answer.
CREATE TEMP VIEW IF NOT EXISTS unfinished AS
SELECT 'message' AS what, sent_ns, sender, sender_name, receiver, receiver_name, type, kind, id
  FROM unhandled
UNION ALL
SELECT how, start_ns, caller, caller_name, callee, callee_name, type, outcome, id
  FROM calls WHERE outcome IS NULL OR outcome = 'caller ended';

-- Ends that were not in good order, and what the supervisors did about them.
CREATE TEMP VIEW IF NOT EXISTS crashes AS
WITH answer AS MATERIALIZED (
  SELECT kind, peer, actor, nth, time_ns FROM events WHERE kind = 'restart'
  UNION ALL
  SELECT kind, peer, actor, nth, time_ns FROM events WHERE kind = 'give_up')
SELECT a.exit_ns, a.pid AS actor, a.name, a.behaviour, a.exit_reason AS reason, a.parent,
       CASE r.kind WHEN 'restart' THEN r.actor END AS replaced_by,
       CASE r.kind WHEN 'restart' THEN r.nth END AS restarts,
       r.time_ns - a.exit_ns AS down_ns,
       CASE r.kind WHEN 'give_up' THEN r.actor END AS given_up_by
  FROM actors a LEFT JOIN answer r ON r.peer = a.pid
 WHERE a.exit_reason NOT IN ('normal', 'shutdown') ORDER BY a.exit_ns, a.id;

-- With the kernel's view: the slowest turns, and where their time went.
CREATE TEMP VIEW IF NOT EXISTS why_slow AS
SELECT run_ns, why, actor, actor_name, behaviour, type, on_cpu_ns, preempted_ns, blocked_ns,
       runnable_ns, faults, fault_ns, queue_ns, wait_ns, start_ns, stack, id
  FROM turn_time WHERE run_ns IS NOT NULL AND coalesce(behaviour, '') <> 'thread' ORDER BY run_ns DESC;

-- Each time that a handler slept, and where.
CREATE TEMP VIEW IF NOT EXISTS blocked_in_handler AS
SELECT blocked_ns, coalesce(syscall, why) AS blocked_in, actor, actor_name, behaviour, type, start_ns,
       waker, stack, turn_ns, id
  FROM sched WHERE actor IS NOT NULL AND turn_ns IS NOT NULL AND blocked_ns > 0 AND coalesce(behaviour, '') <> 'thread'
 ORDER BY blocked_ns DESC;

-- Who had the CPU while an actor's turn could have run.
CREATE TEMP VIEW IF NOT EXISTS cpu_taken_by AS
SELECT by, by_pid, actor, actor_name, behaviour, count(*) AS times,
       sum(preempted_ns + runnable_ns) AS waited_ns, max(preempted_ns + runnable_ns) AS longest_ns
  FROM sched WHERE actor IS NOT NULL AND by IS NOT NULL AND preempted_ns + runnable_ns > 0
 GROUP BY by, by_pid, actor ORDER BY waited_ns DESC;
