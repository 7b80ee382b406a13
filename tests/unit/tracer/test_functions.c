/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include "store/vtab.h"
#include "synthetic.h"

static sqlite3 *open_memory(void)
{
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK || vtab_register(db, NULL) != SQLITE_OK)
		abort();
	return db;
}

static void percentiles_lie_between_values(void)
{
	sqlite3 *db = open_memory();

	CHECK_QUERY(db,
		    "WITH t(x) AS (VALUES (1), (2), (3), (4)) SELECT percentile(x, 0),"
		    " percentile(x, 50), percentile(x, 100), percentile(x, 25) FROM t",
		    "1|2.5|4|1.75");
	CHECK_QUERY(db, "WITH t(x) AS (VALUES (10)) SELECT percentile(x, 99) FROM t", "10");
	CHECK_QUERY(db,
		    "WITH t(x) AS (VALUES (3), (NULL), (1), ('word')) SELECT percentile(x, 50)"
		    " FROM t",
		    "2");
	CHECK_QUERY(db,
		    "WITH RECURSIVE t(x) AS (VALUES (0) UNION ALL SELECT x + 1 FROM t LIMIT"
		    " 1001) SELECT percentile(1000 - x, 99) FROM t",
		    "990");
	sqlite3_close(db);
}

static void percentile_of_nothing_is_null(void)
{
	sqlite3 *db = open_memory();

	CHECK_QUERY(db, "SELECT percentile(x, 50) FROM (SELECT 1 AS x) WHERE x > 1", "-");
	CHECK_QUERY(db, "SELECT percentile(NULL, 50)", "-");
	sqlite3_close(db);
}

static void bad_percentages_are_errors(void)
{
	static const char *const queries[] = {
		"SELECT percentile(1, 101)",
		"SELECT percentile(1, -1)",
		"SELECT percentile(1, NULL)",
		"WITH t(x) AS (VALUES (1), (2)) SELECT percentile(x, x) FROM t",
	};
	sqlite3 *db = open_memory();

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		CU_ASSERT_EQUAL(
			strncmp(synthetic_query(db, queries[i]), "error: percentile(x, p)", 23), 0);
	sqlite3_close(db);
}

static void a_database_without_a_trace_gives_an_error(void)
{
	sqlite3 *db = open_memory();

	CU_ASSERT_EQUAL(strncmp(synthetic_query(db, "SELECT * FROM events"),
				"error: the trace cannot be read", 31),
			0);
	CU_ASSERT_EQUAL(strncmp(synthetic_query(db, "SELECT * FROM messages"),
				"error: the trace cannot be read", 31),
			0);
	sqlite3_close(db);
}

#define CASES(X)                          \
	X(percentiles_lie_between_values) \
	X(percentile_of_nothing_is_null)  \
	X(bad_percentages_are_errors)     \
	X(a_database_without_a_trace_gives_an_error)
SUITE("functions", CASES)
