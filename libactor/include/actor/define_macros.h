/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_DEFINE_MACROS_H
#define ACTOR_DEFINE_MACROS_H

/*
 * How actor/define.h reads its rows. Nothing here is for programs.
 *
 * A definition is a list of rows, each a word with arguments: defcall(count, uint64_t). A row is
 * read by pasting a prefix to its word, which makes it a list of tokens that begins with its kind:
 *
 *	defcast(add, arg(int, n))	->	defcast, add, void, arg(int, n)
 *
 * ACTOR_ROWS_(pass, context, rows) visits all rows. A pass is a table of its own: where
 * ACTOR_ON_<pass>_<kind> is defined as "~, GENERATOR", the row becomes GENERATOR(context, kind,
 * what the row says), elsewhere nothing. In the same way ACTOR_ARGS_(what, context, arguments)
 * visits what stands in a row, with the tables ACTOR_TO_<what>_<kind>.
 *
 * The words are chosen not to be anybody's macros: rows pass through the preprocessor several
 *times.
 */

#define ACTOR_ROWS_MAX_ 48
#define ACTOR_ARGS_MAX_ 10

/* ---- Tools ----------------------------------------------------------------------------------- */

#define ACTOR_SKIP_(...)
#define ACTOR_UNWRAP_(...)          __VA_ARGS__
#define ACTOR_PASTE_(a, b)          ACTOR_PASTE1_(a, b)
#define ACTOR_PASTE1_(a, b)         a##b
#define ACTOR_TEXT_(text)           ACTOR_TEXT1_(text)
#define ACTOR_TEXT1_(text)          #text
#define ACTOR_THIRD_(...)           ACTOR_THIRD1_(__VA_ARGS__)
#define ACTOR_THIRD1_(a, b, c, ...) c

/* some_ when the arguments hold a comma, else none_. At most 15 commas. */
#define ACTOR_ANY_(...)                                                                         \
	ACTOR_ANY1_(__VA_ARGS__, some_, some_, some_, some_, some_, some_, some_, some_, some_, \
		    some_, some_, some_, some_, some_, some_, none_, ~)
#define ACTOR_ANY1_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, found, ...) found

/* The parameters (~, int a, int b) as (int a, int b), and (~) as (void). */
#define ACTOR_LIST_(...)             ACTOR_LIST1_(ACTOR_ANY_(__VA_ARGS__), __VA_ARGS__)
#define ACTOR_LIST1_(...)            ACTOR_LIST2_(__VA_ARGS__)
#define ACTOR_LIST2_(any, ...)       ACTOR_LIST_##any(__VA_ARGS__)
#define ACTOR_LIST_none_(first)      void
#define ACTOR_LIST_some_(first, ...) __VA_ARGS__

/* void_ for the type void, value_ for every other. */
#define ACTOR_REPLY_KIND_(type)       ACTOR_REPLY_KIND1_(ACTOR_REPLY_IS_##type, value_, ~)
#define ACTOR_REPLY_KIND1_(...)       ACTOR_REPLY_KIND2_(__VA_ARGS__)
#define ACTOR_REPLY_KIND2_(a, b, ...) b
#define ACTOR_REPLY_IS_void           ~, void_

/* How many, up to 63. */
#define ACTOR_COUNT_(...)                                                                          \
	ACTOR_COUNT1_(__VA_ARGS__, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, \
		      47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29,  \
		      28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10,  \
		      9, 8, 7, 6, 5, 4, 3, 2, 1, ~)
#define ACTOR_COUNT1_(a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, b3, b4, b5, b6, b7, b8, b9, c1, \
		      c2, c3, c4, c5, c6, c7, c8, c9, d1, d2, d3, d4, d5, d6, d7, d8, d9, e1, e2, \
		      e3, e4, e5, e6, e7, e8, e9, f1, f2, f3, f4, f5, f6, f7, f8, f9, g1, g2, g3, \
		      g4, g5, g6, g7, g8, g9, n, ...)                                             \
	n

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Missing rows are filled up with `_`, which every pass skips. */
#define ACTOR_ROWS_(pass, context, ...) ACTOR_ROWS0_(ACTOR_ROW_, pass, context, __VA_ARGS__)
#define ACTOR_ROWS0_(visit, pass, context, ...)                                                    \
	ACTOR_ROWS1_(visit, pass, context, __VA_ARGS__, _, _, _, _, _, _, _, _, _, _, _, _, _, _,  \
		     _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, \
		     _, _, _, _, _, _, _, _)
#define ACTOR_ROWS1_(v, p, c, a1, a2, a3, a4, a5, a6, a7, a8, b1, b2, b3, b4, b5, b6, b7, b8, c1, \
		     c2, c3, c4, c5, c6, c7, c8, d1, d2, d3, d4, d5, d6, d7, d8, e1, e2, e3, e4,  \
		     e5, e6, e7, e8, f1, f2, f3, f4, f5, f6, f7, f8, ...)                         \
	v(p, c, a1) v(p, c, a2) v(p, c, a3) v(p, c, a4) v(p, c, a5) v(p, c, a6) v(p, c, a7) v(    \
		p, c, a8) v(p, c, b1) v(p, c, b2) v(p, c, b3) v(p, c, b4) v(p, c, b5) v(p, c, b6) \
		v(p, c, b7) v(p, c, b8) v(p, c, c1) v(p, c, c2) v(p, c, c3) v(p, c, c4)           \
			v(p, c, c5) v(p, c, c6) v(p, c, c7) v(p, c, c8) v(p, c, d1) v(p, c, d2)   \
				v(p, c, d3) v(p, c, d4) v(p, c, d5) v(p, c, d6) v(p, c, d7)       \
					v(p, c, d8) v(p, c, e1) v(p, c, e2) v(p, c, e3)           \
						v(p, c, e4) v(p, c, e5) v(p, c, e6) v(p, c, e7)   \
							v(p, c, e8) v(p, c, f1) v(p, c, f2) v(    \
								p, c, f3) v(p, c, f4) v(p, c, f5) \
								v(p, c, f6) v(p, c, f7)           \
									v(p, c, f8)

#define ACTOR_ROW_(pass, context, row) ACTOR_ROW1_(pass, ACTOR_UNWRAP_ context, ACTOR_READ_##row)
#define ACTOR_ROW1_(...)               ACTOR_ROW2_(__VA_ARGS__)
#define ACTOR_ROW2_(pass, actor, storage, whom, kind, ...)        \
	ACTOR_ROW_PICK_(ACTOR_ON_##pass##_##kind, ACTOR_SKIP_, ~) \
	(actor, storage, whom, kind, __VA_ARGS__)
#define ACTOR_ROW_PICK_(...)        ACTOR_ROW_PICK1_(__VA_ARGS__)
#define ACTOR_ROW_PICK1_(a, b, ...) b

/* Every row reads as: kind, name, type of the reply, arguments, ~. */
#define ACTOR_READ_defcall(...)      defcall, __VA_ARGS__, _
#define ACTOR_READ_defcallp(...)     defcallp, __VA_ARGS__, _
#define ACTOR_READ_defcast(...)      defcast, ACTOR_READ_VOID_(__VA_ARGS__, _)
#define ACTOR_READ_defcastp(...)     defcastp, ACTOR_READ_VOID_(__VA_ARGS__, _)
#define ACTOR_READ_definfo(...)      definfo, ACTOR_READ_VOID_(__VA_ARGS__, _)
#define ACTOR_READ_definfo_as(...)   definfo_as, __VA_ARGS__, _
#define ACTOR_READ_defcontinue(...)  defcontinue, ACTOR_READ_VOID_(__VA_ARGS__, _)
#define ACTOR_READ_definit(...)      definit, _, _, __VA_ARGS__
#define ACTOR_READ_defterminate(...) defterminate, _
#define ACTOR_READ_defdescribe(...)  defdescribe, _
#define ACTOR_READ_export(name)      export, name
#define ACTOR_READ_strict(...)       strict, _
#define ACTOR_READ_tolerant(...)     tolerant, _
#define ACTOR_READ__                 nothing, _
#define ACTOR_READ_                  nothing, _ /* behind a last comma */
#define ACTOR_READ_VOID_(name, ...)  name, void, __VA_ARGS__

/* A word that is none of these makes the compiler say so. */
#define ACTOR_ROW_IS_defcall(...)      1
#define ACTOR_ROW_IS_defcallp(...)     1
#define ACTOR_ROW_IS_defcast(...)      1
#define ACTOR_ROW_IS_defcastp(...)     1
#define ACTOR_ROW_IS_definfo(...)      1
#define ACTOR_ROW_IS_definfo_as(...)   1
#define ACTOR_ROW_IS_defcontinue(...)  1
#define ACTOR_ROW_IS_definit(...)      1
#define ACTOR_ROW_IS_defterminate(...) 1
#define ACTOR_ROW_IS_defdescribe(...)  1
#define ACTOR_ROW_IS_export(...)       1
#define ACTOR_ROW_IS_strict(...)       1
#define ACTOR_ROW_IS_tolerant(...)     1
#define ACTOR_ROW_IS__                 1
#define ACTOR_ROW_IS_                  1
#define ACTOR_CHECK_ROWS_(...)         ACTOR_ROWS0_(ACTOR_CHECK_ROW_, ~, ~, __VA_ARGS__)
#define ACTOR_CHECK_ROW_(pass, context, row) \
	ACTOR_STATIC_ASSERT_(                \
		ACTOR_ROW_IS_##row,          \
		"a row is defcall, defcast, definfo, definit, ...: see actor/define.h");

/* ---- What stands in a row -------------------------------------------------------------------- */

#define ACTOR_ARGS_(what, context, ...) ACTOR_ARGS0_(ACTOR_ARG_, what, context, __VA_ARGS__)
#define ACTOR_ARGS0_(visit, what, context, ...) \
	ACTOR_ARGS1_(visit, what, context, __VA_ARGS__, _, _, _, _, _, _, _, _, _, _, _)
#define ACTOR_ARGS1_(v, w, c, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, ...)                 \
	v(w, c, a1) v(w, c, a2) v(w, c, a3) v(w, c, a4) v(w, c, a5) v(w, c, a6) v(w, c, a7) \
		v(w, c, a8) v(w, c, a9) v(w, c, a10)
#define ACTOR_ARG_(what, context, argument) ACTOR_ARG1_(what, context, ACTOR_READ_ARG_##argument)
#define ACTOR_ARG1_(...)                    ACTOR_ARG2_(__VA_ARGS__)
#define ACTOR_ARG2_(what, context, kind, ...) \
	ACTOR_ARG_PICK_(ACTOR_TO_##what##_##kind, ACTOR_SKIP_, ~)(context, __VA_ARGS__)
#define ACTOR_ARG_PICK_(...)        ACTOR_ARG_PICK1_(__VA_ARGS__)
#define ACTOR_ARG_PICK1_(a, b, ...) b

#define ACTOR_READ_ARG_arg(...)     arg, __VA_ARGS__, ~
#define ACTOR_READ_ARG_opt(...)     opt, __VA_ARGS__, ~
#define ACTOR_READ_ARG_when(...)    ACTOR_THIRD_(__VA_ARGS__, clause, guard, ~), __VA_ARGS__
#define ACTOR_READ_ARG_from(...)    from, _
#define ACTOR_READ_ARG_message(...) message, _
#define ACTOR_READ_ARG_within(...)  within, __VA_ARGS__
#define ACTOR_READ_ARG_timed(...)   timed, _
#define ACTOR_READ_ARG__            nothing, _
#define ACTOR_READ_ARG_             nothing, _

#define ACTOR_ARG_IS_arg(...)       1
#define ACTOR_ARG_IS_opt(...)       1
#define ACTOR_ARG_IS_when(...)      1
#define ACTOR_ARG_IS_from(...)      1
#define ACTOR_ARG_IS_message(...)   1
#define ACTOR_ARG_IS_within(...)    1
#define ACTOR_ARG_IS_timed(...)     1
#define ACTOR_ARG_IS__              1
#define ACTOR_ARG_IS_               1
#define ACTOR_CHECK_ARGS_(...)      ACTOR_ARGS0_(ACTOR_CHECK_ARG_, ~, ~, __VA_ARGS__)
#define ACTOR_CHECK_ARG_(what, context, argument) \
	ACTOR_STATIC_ASSERT_(                     \
		ACTOR_ARG_IS_##argument,          \
		"in a row stand arg(type, name), when(...), ...: see actor/define.h");

/* some_ when the row has arguments of a kind, else none_; ACTOR_TO_has_<what>_<kind> says which. */
#define ACTOR_HAS_(what, ...)    ACTOR_HAS1_(ACTOR_ARGS_(what, ~, __VA_ARGS__))
#define ACTOR_HAS1_(...)         ACTOR_ANY_(__VA_ARGS__)
#define ACTOR_COMMA_(...)        ,
#define ACTOR_TO_has_data_arg    ~, ACTOR_COMMA_
#define ACTOR_TO_has_data_opt    ~, ACTOR_COMMA_
#define ACTOR_TO_has_needed_arg  ~, ACTOR_COMMA_
#define ACTOR_TO_has_from_from   ~, ACTOR_COMMA_
#define ACTOR_TO_has_timed_timed ~, ACTOR_COMMA_

/* "int amount;", ", int amount", ", amount", ", payload->amount" and so on. */
#define ACTOR_TO_field_arg                        ~, ACTOR_FIELD_
#define ACTOR_TO_field_opt                        ~, ACTOR_FIELD_
#define ACTOR_TO_param_arg                        ~, ACTOR_PARAM_
#define ACTOR_TO_param_opt                        ~, ACTOR_PARAM_
#define ACTOR_TO_needed_arg                       ~, ACTOR_PARAM_
#define ACTOR_TO_value_arg                        ~, ACTOR_VALUE_
#define ACTOR_TO_value_opt                        ~, ACTOR_VALUE_
#define ACTOR_TO_local_arg                        ~, ACTOR_LOCAL_
#define ACTOR_TO_local_message                    ~, ACTOR_LOCAL_MESSAGE_
#define ACTOR_TO_default_opt                      ~, ACTOR_DEFAULT_
#define ACTOR_TO_preset_opt                       ~, ACTOR_PRESET_
#define ACTOR_TO_within_within                    ~, ACTOR_WITHIN_
#define ACTOR_TO_timeout_timed                    ~, ACTOR_TIMEOUT_PARAM_
#define ACTOR_TO_special_message                  ~, ACTOR_SPECIAL_MESSAGE_
#define ACTOR_TO_special_value_message            ~, ACTOR_SPECIAL_MESSAGE_VALUE_

#define ACTOR_FIELD_(c, type, name, ...)          type name;
#define ACTOR_PARAM_(c, type, name, ...)          , type name
#define ACTOR_VALUE_(c, type, name, ...)          , name
#define ACTOR_LOCAL_(c, type, name, ...)          type name = c->name;
#define ACTOR_DEFAULT_(c, type, name, value, ...) type name = value;
#define ACTOR_PRESET_(c, type, name, value, ...)  c.name = value;
#define ACTOR_WITHIN_(c, ...)                     +(__VA_ARGS__)
#define ACTOR_TIMEOUT_PARAM_(c, ...)              , uint64_t timeout_ns
#define ACTOR_LOCAL_MESSAGE_(c, ...)              const struct actor_message *message = message_;
#define ACTOR_SPECIAL_MESSAGE_(c, ...)            , const struct actor_message *message
#define ACTOR_SPECIAL_MESSAGE_VALUE_(c, ...)      , message

#endif
