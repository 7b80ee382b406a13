-- SPDX-License-Identifier: MIT
-- Actors that are rows and those that are packed, under the names that the file has for the rows.

CREATE TEMP VIEW IF NOT EXISTS actor AS SELECT * FROM every_actor;

CREATE TEMP VIEW IF NOT EXISTS actors AS
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
  FROM every_actor a LEFT JOIN behaviours b ON b.behaviour = a.behaviour
                     LEFT JOIN reasons r ON r.reason = a.exit_reason;

CREATE TEMP VIEW IF NOT EXISTS top_talkers AS
SELECT CASE r.actor WHEN 0 THEN '(not told apart)'
            ELSE printf('<%d.%d.%d>', (r.actor >> 56) & 255, r.actor & 16777215,
                        (r.actor >> 24) & 4294967295) END AS actor,
       coalesce(a.name, '') AS name, coalesce(b.name, '') AS behaviour, r.sent, r.bytes, r.handled,
       r.busy_ns
  FROM (SELECT actor, sum(sent) AS sent, sum(bytes) AS bytes, sum(handled) AS handled,
               sum(busy_ns) AS busy_ns FROM rollup GROUP BY actor) r
  LEFT JOIN every_actor a ON a.pid = r.actor
  LEFT JOIN behaviours b ON b.behaviour = a.behaviour
 ORDER BY r.sent DESC, r.handled DESC, r.actor;

CREATE TEMP VIEW IF NOT EXISTS actors_by_behaviour AS
SELECT coalesce(nullif(behaviour, ''), '(unknown)') AS behaviour, count(*) AS actors,
       sum(exit_ns IS NULL AND exit_reason IS NULL) AS alive,
       sum(exit_reason IS NOT NULL AND exit_reason NOT IN ('normal', 'shutdown')) AS failed,
       sum(restarts) AS restarts
  FROM actors GROUP BY 1 ORDER BY 2 DESC, 1;
