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
