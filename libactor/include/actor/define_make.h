/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_DEFINE_MAKE_H
#define ACTOR_DEFINE_MAKE_H

/*
 * What actor/define.h makes of the rows in the file of the actor: structs and types of the
 * messages, prototypes of the handlers, dispatch, behaviour, and the functions that others call.
 * Nothing here is for programs.
 *
 * In the macros A is the actor, S the storage class of what others see, W by_pid or by_name, M a
 * message. Names that end with an underscore are made here and used here.
 */

/* ---- What makes the actor ---------------------------------------------------------------------
 */

#define ACTOR_IMPLEMENT_(A, S, W, ...)                                                        \
	_Static_assert(ACTOR_COUNT_(__VA_ARGS__) <= ACTOR_ROWS_MAX_,                          \
		       "too many rows for an actor");                                         \
	enum {                                                                                \
		ACTOR_ROWS_(nth, (A, S, W), __VA_ARGS__) A##_types_count_                     \
	};                                                                                    \
	enum {                                                                                \
		A##_strict_ = 0 ACTOR_ROWS_(strict, (A, S, W), __VA_ARGS__)                   \
	};                                                                                    \
	ACTOR_ROWS_(payload, (A, S, W), __VA_ARGS__)                                          \
	static struct actor_type A##_types[A##_types_count_ + 1] = {                          \
		ACTOR_ROWS_(type, (A, S, W), __VA_ARGS__){.name = NULL}};                     \
	static inline int A##_unhandled_(const struct actor_message *message)                 \
	{                                                                                     \
		return actor_unhandled(message,                                               \
				       A##_strict_ ? (int)ACTOR_EUNHANDLED : ACTOR_CONTINUE); \
	}                                                                                     \
	ACTOR_ROWS_(handler, (A, S, W), __VA_ARGS__)                                          \
	static int A##_handle_call_(void *state, const struct actor_message *message,         \
				    struct actor_from from)                                   \
	{                                                                                     \
		struct A *self = (struct A *)state;                                           \
                                                                                              \
		(void)self;                                                                   \
		(void)from;                                                                   \
		switch (actor_message_nth(message, A##_types)) {                              \
			ACTOR_ROWS_(call, (A, S, W), __VA_ARGS__)                             \
		default:                                                                      \
			return A##_unhandled_(message);                                       \
		}                                                                             \
	}                                                                                     \
	static int A##_handle_cast_(void *state, const struct actor_message *message)         \
	{                                                                                     \
		struct A *self = (struct A *)state;                                           \
                                                                                              \
		(void)self;                                                                   \
		switch (actor_message_nth(message, A##_types)) {                              \
			ACTOR_ROWS_(cast, (A, S, W), __VA_ARGS__)                             \
		default:                                                                      \
			return A##_unhandled_(message);                                       \
		}                                                                             \
	}                                                                                     \
	static int A##_handle_info_(void *state, const struct actor_message *message)         \
	{                                                                                     \
		struct A *self = (struct A *)state;                                           \
                                                                                              \
		(void)self;                                                                   \
		switch (actor_message_nth(message, A##_types)) {                              \
			ACTOR_ROWS_(info, (A, S, W), __VA_ARGS__)                             \
		default:                                                                      \
			ACTOR_ROWS_(foreign, (A, S, W), __VA_ARGS__)                          \
			return A##_unhandled_(message);                                       \
		}                                                                             \
	}                                                                                     \
	static int A##_handle_continue_(void *state, const struct actor_message *message)     \
	{                                                                                     \
		struct A *self = (struct A *)state;                                           \
                                                                                              \
		(void)self;                                                                   \
		switch (actor_message_nth(message, A##_types)) {                              \
			ACTOR_ROWS_(continue, (A, S, W), __VA_ARGS__)                         \
		default:                                                                      \
			return A##_unhandled_(message);                                       \
		}                                                                             \
	}                                                                                     \
	ACTOR_ROWS_(hook, (A, S, W), __VA_ARGS__)                                             \
	S const struct actor_behaviour A##_behaviour = {                                      \
		.name = ACTOR_TEXT_(A),                                                       \
		.state_size = sizeof(struct A),                                               \
		.state_ctype = "struct " ACTOR_TEXT_(A),                                      \
		.handle_call = A##_handle_call_,                                              \
		.handle_cast = A##_handle_cast_,                                              \
		.handle_info = A##_handle_info_,                                              \
		.handle_continue = A##_handle_continue_,                                      \
		.types = A##_types,                                                           \
		.type_count = A##_types_count_,                                               \
		ACTOR_ROWS_(member, (A, S, W), __VA_ARGS__)};                                 \
	ACTOR_ROWS_(client, (A, S, W), __VA_ARGS__)                                           \
	ACTOR_START_(A, S, W, ACTOR_INIT_ARGS_(__VA_ARGS__) _)

#define ACTOR_ON_nth_defcall              ~, ACTOR_NTH_
#define ACTOR_ON_nth_defcallp             ~, ACTOR_NTH_
#define ACTOR_ON_nth_defcast              ~, ACTOR_NTH_
#define ACTOR_ON_nth_defcastp             ~, ACTOR_NTH_
#define ACTOR_ON_nth_definfo              ~, ACTOR_NTH_
#define ACTOR_ON_nth_defcontinue          ~, ACTOR_NTH_
#define ACTOR_NTH_(A, S, W, kind, M, ...) A##_##M##_nth_,

#define ACTOR_ON_strict_strict            ~, ACTOR_STRICT_
#define ACTOR_STRICT_(...)                +1

/* ---- Messages: a struct, and a type -----------------------------------------------------------
 */

#define ACTOR_ON_payload_defcall     ~, ACTOR_PAYLOAD_
#define ACTOR_ON_payload_defcallp    ~, ACTOR_PAYLOAD_
#define ACTOR_ON_payload_defcast     ~, ACTOR_PAYLOAD_
#define ACTOR_ON_payload_defcastp    ~, ACTOR_PAYLOAD_
#define ACTOR_ON_payload_definfo     ~, ACTOR_PAYLOAD_
#define ACTOR_ON_payload_defcontinue ~, ACTOR_PAYLOAD_
#define ACTOR_PAYLOAD_(A, S, W, kind, M, reply, ...) \
	ACTOR_CHECK_ARGS_(__VA_ARGS__)               \
	ACTOR_PAYLOAD1_(ACTOR_HAS_(has_data, __VA_ARGS__), A##_##M, __VA_ARGS__)
#define ACTOR_PAYLOAD1_(...)            ACTOR_PAYLOAD2_(__VA_ARGS__)
#define ACTOR_PAYLOAD2_(has, name, ...) ACTOR_PAYLOAD_##has(name, __VA_ARGS__)
#define ACTOR_PAYLOAD_none_(...)
#define ACTOR_PAYLOAD_some_(name, ...)                                                   \
	ACTOR_STRUCT_some_(name, __VA_ARGS__) _Static_assert(                            \
		_Alignof(struct name) <= 8, "arguments of messages are 8-byte aligned"); \
	ACTOR_CLEAR_FUNCTION_(name, struct name)

#define ACTOR_ON_type_defcall     ~, ACTOR_TYPE_ROW_
#define ACTOR_ON_type_defcallp    ~, ACTOR_TYPE_ROW_
#define ACTOR_ON_type_defcast     ~, ACTOR_TYPE_ROW_
#define ACTOR_ON_type_defcastp    ~, ACTOR_TYPE_ROW_
#define ACTOR_ON_type_definfo     ~, ACTOR_TYPE_ROW_
#define ACTOR_ON_type_defcontinue ~, ACTOR_TYPE_ROW_
#define ACTOR_TYPE_ROW_(A, S, W, kind, M, reply, ...)                               \
	{.name = ACTOR_TEXT_(A##_##M),                                              \
	 ACTOR_PASTE_(ACTOR_TYPE_DATA_, ACTOR_HAS_(has_data, __VA_ARGS__))(A##_##M) \
		 ACTOR_PASTE_(ACTOR_TYPE_REPLY_, ACTOR_REPLY_KIND_(reply))(reply)   \
			 .nth = A##_##M##_nth_,                                     \
	 .count = A##_types_count_},
#define ACTOR_TYPE_DATA_none_(name)
#define ACTOR_TYPE_DATA_some_(name_)                                         \
	.ctype = "struct " ACTOR_TEXT_(name_), .size = sizeof(struct name_), \
	.clear = ACTOR_CLEAR_(name_),
#define ACTOR_TYPE_REPLY_void_(reply)
#define ACTOR_TYPE_REPLY_value_(reply) \
	.reply_ctype = ACTOR_TEXT_(reply), .reply_size = sizeof(reply),

/* ---- Handlers, and what unpacks a message for them ---------------------------------------------
 */

#define ACTOR_ON_handler_defcall     ~, ACTOR_HANDLER_CALL_
#define ACTOR_ON_handler_defcallp    ~, ACTOR_HANDLER_CALL_
#define ACTOR_ON_handler_defcast     ~, ACTOR_HANDLER_CAST_
#define ACTOR_ON_handler_defcastp    ~, ACTOR_HANDLER_CAST_
#define ACTOR_ON_handler_definfo     ~, ACTOR_HANDLER_CAST_
#define ACTOR_ON_handler_defcontinue ~, ACTOR_HANDLER_CAST_
#define ACTOR_ON_handler_definfo_as  ~, ACTOR_HANDLER_FOREIGN_

#define ACTOR_HANDLER_FOREIGN_(A, S, W, kind, M, ctype, ...) \
	static int A##_handle_##M(struct A *self, const ctype *message);

#define ACTOR_HANDLER_CAST_(A, S, W, kind, M, reply, ...)                                      \
	ACTOR_HANDLERS_(A, M,                                                                  \
			(struct A * self ACTOR_ARGS_(param, ~, __VA_ARGS__)                    \
					    ACTOR_ARGS_(special, ~, __VA_ARGS__)),             \
			__VA_ARGS__)                                                           \
	static inline int A##_run_##M##_(struct A *self, const struct actor_message *message_) \
	{                                                                                      \
		ACTOR_RUN_(A, M,                                                               \
			   (self ACTOR_ARGS_(value, ~, __VA_ARGS__)                            \
				    ACTOR_ARGS_(special_value, ~, __VA_ARGS__)),               \
			   __VA_ARGS__)                                                        \
		return result_;                                                                \
	}

/* Four forms: with a reply or without one, answered at once or later. */
#define ACTOR_HANDLER_CALL_(A, S, W, kind, M, reply, ...)                                       \
	ACTOR_HANDLER_CALL1_(ACTOR_HAS_(has_from, __VA_ARGS__), ACTOR_REPLY_KIND_(reply), A, M, \
			     reply, __VA_ARGS__)
#define ACTOR_HANDLER_CALL1_(...) ACTOR_HANDLER_CALL2_(__VA_ARGS__)
#define ACTOR_HANDLER_CALL2_(later, has, A, M, reply, ...)                                     \
	ACTOR_HANDLERS_(A, M,                                                                  \
			(struct A * self ACTOR_ARGS_(param, ~, __VA_ARGS__)                    \
					    ACTOR_ARGS_(special, ~, __VA_ARGS__)               \
						    ACTOR_ANSWER_PARAM_##later##has(reply)),   \
			__VA_ARGS__)                                                           \
	ACTOR_LATER_##later##has(A, M, reply) static inline int A##_run_##M##_(                \
		struct A *self, const struct actor_message *message_, struct actor_from from_) \
	{                                                                                      \
		ACTOR_ANSWER_LOCAL_##later##has(reply)                                         \
			ACTOR_RUN_(A, M,                                                       \
				   (self ACTOR_ARGS_(value, ~, __VA_ARGS__)                    \
					    ACTOR_ARGS_(special_value, ~, __VA_ARGS__)         \
						    ACTOR_ANSWER_VALUE_##later##has),          \
				   __VA_ARGS__) return ACTOR_ANSWER_##later##has;              \
	}

#define ACTOR_ANSWER_PARAM_none_value_(reply) , reply *reply_
#define ACTOR_ANSWER_PARAM_none_void_(reply)
#define ACTOR_ANSWER_PARAM_some_value_(reply) , struct actor_from from
#define ACTOR_ANSWER_PARAM_some_void_(reply)  , struct actor_from from

#define ACTOR_ANSWER_LOCAL_none_value_(reply) reply reply_ = {0};
#define ACTOR_ANSWER_LOCAL_none_void_(reply)
#define ACTOR_ANSWER_LOCAL_some_value_(reply)
#define ACTOR_ANSWER_LOCAL_some_void_(reply)

#define ACTOR_ANSWER_VALUE_none_value_ , &reply_
#define ACTOR_ANSWER_VALUE_none_void_
#define ACTOR_ANSWER_VALUE_some_value_ , from_
#define ACTOR_ANSWER_VALUE_some_void_  , from_

#define ACTOR_ANSWER_none_value_       actor_answer_(from_, result_, &reply_)
#define ACTOR_ANSWER_none_void_        actor_answer_(from_, result_, NULL)
#define ACTOR_ANSWER_some_value_       result_
#define ACTOR_ANSWER_some_void_        result_

#define ACTOR_LATER_none_value_(A, M, reply)
#define ACTOR_LATER_none_void_(A, M, reply)
#define ACTOR_LATER_some_value_(A, M, reply)                                        \
	static ACTOR_UNUSED_ int A##_reply_##M(struct actor_from from, reply value) \
	{                                                                           \
		return actor_reply(from, &value);                                   \
	}
#define ACTOR_LATER_some_void_(A, M, reply)                            \
	static ACTOR_UNUSED_ int A##_reply_##M(struct actor_from from) \
	{                                                              \
		return actor_reply(from, NULL);                        \
	}

/* The handlers of a message: one for each clause, then the one for the rest. */
#define ACTOR_HANDLERS_(A, M, params, ...)                       \
	ACTOR_ARGS_(clause_handler, (A, M, params), __VA_ARGS__) \
	static int A##_handle_##M params;
#define ACTOR_TO_clause_handler_clause ~, ACTOR_CLAUSE_HANDLER_
#define ACTOR_CLAUSE_HANDLER_(c, condition, ...) \
	ACTOR_CLAUSE_HANDLER1_(ACTOR_UNWRAP_ c, __VA_ARGS__)
#define ACTOR_CLAUSE_HANDLER1_(...)                  ACTOR_CLAUSE_HANDLER2_(__VA_ARGS__)
#define ACTOR_CLAUSE_HANDLER2_(A, M, params, clause) static int A##_handle_##M##_##clause params;

/* Leaves in result_ what the handler returned. */
#define ACTOR_RUN_(A, M, values, ...)                                    \
	ACTOR_PASTE_(ACTOR_RUN_DATA_, ACTOR_HAS_(has_data, __VA_ARGS__)) \
	(A##_##M) ACTOR_ARGS_(local, payload_, __VA_ARGS__) int result_; \
                                                                         \
	(void)message_;                                                  \
	ACTOR_ARGS_(clause, (A, M, values), __VA_ARGS__)                 \
	if (!(1 ACTOR_ARGS_(guard, ~, __VA_ARGS__)))                     \
		return A##_unhandled_(message_);                         \
	else                                                             \
		result_ = A##_handle_##M values;
#define ACTOR_RUN_DATA_none_(name)
#define ACTOR_RUN_DATA_some_(name) \
	const struct name *payload_ = (const struct name *)actor_message_payload(message_);
#define ACTOR_TO_clause_clause              ~, ACTOR_CLAUSE_
#define ACTOR_CLAUSE_(c, condition, clause) ACTOR_CLAUSE1_(ACTOR_UNWRAP_ c, clause, condition)
#define ACTOR_CLAUSE1_(...)                 ACTOR_CLAUSE2_(__VA_ARGS__)
#define ACTOR_CLAUSE2_(A, M, values, clause, condition)     \
	if (condition)                                      \
		result_ = A##_handle_##M##_##clause values; \
	else
#define ACTOR_TO_guard_guard ~, ACTOR_GUARD_
#define ACTOR_GUARD_(c, ...) &&(__VA_ARGS__)

/* The cases of the three switches. */
#define ACTOR_ON_call_defcall         ~, ACTOR_CASE_CALL_
#define ACTOR_ON_call_defcallp        ~, ACTOR_CASE_CALL_
#define ACTOR_ON_cast_defcast         ~, ACTOR_CASE_
#define ACTOR_ON_cast_defcastp        ~, ACTOR_CASE_
#define ACTOR_ON_info_definfo         ~, ACTOR_CASE_
#define ACTOR_ON_continue_defcontinue ~, ACTOR_CASE_
#define ACTOR_ON_foreign_definfo_as   ~, ACTOR_CASE_FOREIGN_
#define ACTOR_CASE_CALL_(A, S, W, kind, M, ...) \
	case A##_##M##_nth_:                    \
		return A##_run_##M##_(self, message, from);
#define ACTOR_CASE_(A, S, W, kind, M, ...) \
	case A##_##M##_nth_:               \
		return A##_run_##M##_(self, message);
#define ACTOR_CASE_FOREIGN_(A, S, W, kind, M, ctype, ...) \
	if (actor_message_is(message, &M))                \
		return A##_handle_##M(self, (const ctype *)actor_message_payload(message));

/* ---- Init, terminate, describe -----------------------------------------------------------------
 */

#define ACTOR_ON_hook_definit           ~, ACTOR_HOOK_INIT_
#define ACTOR_ON_hook_defterminate      ~, ACTOR_HOOK_TERMINATE_
#define ACTOR_ON_hook_defdescribe       ~, ACTOR_HOOK_DESCRIBE_
#define ACTOR_ON_member_definit         ~, ACTOR_MEMBER_INIT_
#define ACTOR_ON_member_defterminate    ~, ACTOR_MEMBER_TERMINATE_
#define ACTOR_ON_member_defdescribe     ~, ACTOR_MEMBER_DESCRIBE_
#define ACTOR_MEMBER_INIT_(A, ...)      .init = A##_init_,
#define ACTOR_MEMBER_TERMINATE_(A, ...) .terminate = A##_terminate_,
#define ACTOR_MEMBER_DESCRIBE_(A, ...)  .describe = A##_describe_,

#define ACTOR_HOOK_INIT_(A, S, W, kind, name, reply, ...)                       \
	static int A##_init(struct A *self ACTOR_ARGS_(param, ~, __VA_ARGS__)); \
	ACTOR_PASTE_(ACTOR_HOOK_INIT_, ACTOR_HAS_(has_data, __VA_ARGS__))(A, __VA_ARGS__)
#define ACTOR_HOOK_INIT_none_(A, ...)                                        \
	static int A##_init_(void *state, const void *argument, size_t size) \
	{                                                                    \
		(void)argument;                                              \
		(void)size;                                                  \
		return A##_init((struct A *)state);                          \
	}
#define ACTOR_HOOK_INIT_some_(A, ...)                                                       \
	static int A##_init_(void *state, const void *argument, size_t size)                \
	{                                                                                   \
		struct A##_init arguments_ = {0};                                           \
                                                                                            \
		ACTOR_ARGS_(preset, arguments_, __VA_ARGS__)                                \
		if (size == sizeof(arguments_))                                             \
			memcpy(&arguments_, argument, size);                                \
		else if (size != 0 ||                                                       \
			 ACTOR_PASTE_(ACTOR_NEEDS_, ACTOR_HAS_(has_needed, __VA_ARGS__)))   \
			return ACTOR_EINVALID;                                              \
		return A##_init(                                                            \
			(struct A *)state ACTOR_ARGS_(member_of, arguments_, __VA_ARGS__)); \
	}
#define ACTOR_NEEDS_some_                    1
#define ACTOR_NEEDS_none_                    0
#define ACTOR_TO_member_of_arg               ~, ACTOR_MEMBER_OF_
#define ACTOR_TO_member_of_opt               ~, ACTOR_MEMBER_OF_
#define ACTOR_MEMBER_OF_(c, type, name, ...) , c.name

#define ACTOR_HOOK_TERMINATE_(A, ...)                          \
	static void A##_terminate(struct A *self, int reason); \
	static void A##_terminate_(void *state, int reason)    \
	{                                                      \
		A##_terminate((struct A *)state, reason);      \
	}
#define ACTOR_HOOK_DESCRIBE_(A, ...)                                            \
	static int A##_describe(const struct A *self, char *text, size_t size); \
	static int A##_describe_(const void *state, char *text, size_t size)    \
	{                                                                       \
		return A##_describe((const struct A *)state, text, size);       \
	}

/* ---- The functions of others --------------------------------------------------------------------
 */

#define ACTOR_ON_client_defcall                 ~, ACTOR_CLIENT_CALL_
#define ACTOR_ON_client_defcallp                ~, ACTOR_CLIENT_CALLP_
#define ACTOR_ON_client_defcast                 ~, ACTOR_CLIENT_CAST_
#define ACTOR_ON_client_defcastp                ~, ACTOR_CLIENT_CASTP_
#define ACTOR_ON_client_definfo                 ~, ACTOR_CLIENT_INFO_
#define ACTOR_ON_client_defcontinue             ~, ACTOR_CLIENT_CONTINUE_
#define ACTOR_ON_client_export                  ~, ACTOR_CLIENT_NAME_

#define ACTOR_CLIENT_NAME_(A, S, W, kind, text) static const char A##_name_[] = text;
#define ACTOR_TO_WHOM_by_pid(A)                 A##_pid
#define ACTOR_TO_WHOM_by_name(A)                actor_whereis(A##_name_)
#define ACTOR_NAME_by_pid(A)                    NULL
#define ACTOR_NAME_by_name(A)                   A##_name_

#define ACTOR_CLIENT_CALLP_(A, S, W, ...) \
	ACTOR_CLIENT_CALL_(A, static ACTOR_UNUSED_, W, __VA_ARGS__)
#define ACTOR_CLIENT_CASTP_(A, S, W, ...) \
	ACTOR_CLIENT_CAST_(A, static ACTOR_UNUSED_, W, __VA_ARGS__)

#define ACTOR_CLIENT_CALL_(A, S, W, kind, M, reply, ...)                                      \
	S int A##_##M(ACTOR_CLIENT_PARAMS_(A, W, reply, __VA_ARGS__))                         \
	{                                                                                     \
		ACTOR_CLIENT_DATA_(A##_##M, __VA_ARGS__)                                      \
		ACTOR_PASTE_(ACTOR_WAIT_, ACTOR_HAS_(has_timed, __VA_ARGS__))                 \
		(__VA_ARGS__)                                                                 \
                                                                                              \
			return actor_call(ACTOR_TO_WHOM_##W(A), &A##_types[A##_##M##_nth_],   \
					  ACTOR_CLIENT_VALUE_(__VA_ARGS__),                   \
					  ACTOR_PASTE_(ACTOR_RET_, ACTOR_REPLY_KIND_(reply)), \
					  wait_);                                             \
	}
#define ACTOR_CLIENT_CAST_(A, S, W, kind, M, reply, ...)                            \
	S int A##_##M(ACTOR_CLIENT_PARAMS_(A, W, reply, __VA_ARGS__))               \
	{                                                                           \
		ACTOR_CLIENT_DATA_(A##_##M, __VA_ARGS__)                            \
		return actor_cast(ACTOR_TO_WHOM_##W(A), &A##_types[A##_##M##_nth_], \
				  ACTOR_CLIENT_VALUE_(__VA_ARGS__));                \
	}
#define ACTOR_CLIENT_INFO_(A, S, W, kind, M, reply, ...)                                    \
	S int A##_##M(ACTOR_CLIENT_PARAMS_(A, W, reply, __VA_ARGS__))                       \
	{                                                                                   \
		ACTOR_CLIENT_DATA_(A##_##M, __VA_ARGS__)                                    \
		return actor_send(ACTOR_TO_WHOM_##W(A), &A##_types[A##_##M##_nth_],         \
				  ACTOR_CLIENT_VALUE_(__VA_ARGS__));                        \
	}                                                                                   \
	static ACTOR_UNUSED_ int A##_##M##_after(                                           \
		uint64_t delay_ns, uint64_t interval_ns ACTOR_ARGS_(param, ~, __VA_ARGS__), \
		uint64_t *ret_timer)                                                        \
	{                                                                                   \
		ACTOR_CLIENT_DATA_(A##_##M, __VA_ARGS__)                                    \
		return actor_timer_start(delay_ns, interval_ns, &A##_types[A##_##M##_nth_], \
					 ACTOR_CLIENT_VALUE_(__VA_ARGS__), ret_timer);      \
	}

#define ACTOR_CLIENT_CONTINUE_(A, S, W, kind, M, reply, ...)                               \
	static ACTOR_UNUSED_ int A##_##M(ACTOR_LIST_(~ACTOR_ARGS_(param, ~, __VA_ARGS__))) \
	{                                                                                  \
		ACTOR_CLIENT_DATA_(A##_##M, __VA_ARGS__)                                   \
		return actor_continue(&A##_types[A##_##M##_nth_],                          \
				      ACTOR_CLIENT_VALUE_(__VA_ARGS__));                   \
	}

#define ACTOR_RET_void_       NULL
#define ACTOR_RET_value_      ret_reply
#define ACTOR_WAIT_some_(...) uint64_t wait_ = timeout_ns;
#define ACTOR_WAIT_none_(...)                                    \
	uint64_t given_ = 0 ACTOR_ARGS_(within, ~, __VA_ARGS__); \
	uint64_t wait_ = given_ != 0 ? given_ : ACTOR_CALL_TIMEOUT;

/* The message that is sent, in message_. */
#define ACTOR_CLIENT_DATA_(name, ...) \
	ACTOR_PASTE_(ACTOR_CLIENT_DATA_, ACTOR_HAS_(has_data, __VA_ARGS__))(name, __VA_ARGS__)
#define ACTOR_CLIENT_DATA_none_(name, ...)
#define ACTOR_CLIENT_DATA_some_(name, ...) \
	const struct name message_ = {ACTOR_LIST_(~ACTOR_ARGS_(value, ~, __VA_ARGS__))};
#define ACTOR_CLIENT_VALUE_(...) \
	ACTOR_PASTE_(ACTOR_CLIENT_VALUE_, ACTOR_HAS_(has_data, __VA_ARGS__))
#define ACTOR_CLIENT_VALUE_none_ NULL
#define ACTOR_CLIENT_VALUE_some_ &message_

#define ACTOR_START_(A, S, W, ...)                                                            \
	S int A##_start_with(const struct actor_spawn_options *options,                       \
			     ACTOR_START_PARAMS_(param, __VA_ARGS__))                         \
	{                                                                                     \
		ACTOR_CLIENT_DATA_(A##_init, __VA_ARGS__)                                     \
		return actor_start_(                                                          \
			&A##_behaviour, ACTOR_NAME_##W(A), options,                           \
			ACTOR_CLIENT_VALUE_(__VA_ARGS__),                                     \
			ACTOR_PASTE_(ACTOR_START_SIZE_, ACTOR_HAS_(has_data, __VA_ARGS__)),   \
			ret_pid);                                                             \
	}                                                                                     \
	S int A##_start(ACTOR_START_PARAMS_(needed, __VA_ARGS__))                             \
	{                                                                                     \
		ACTOR_ARGS_(default, ~, __VA_ARGS__)                                          \
		return A##_start_with(NULL ACTOR_ARGS_(value, ~, __VA_ARGS__), ret_pid);      \
	}                                                                                     \
	S int A##_start_link(ACTOR_START_PARAMS_(needed, __VA_ARGS__))                        \
	{                                                                                     \
		const struct actor_spawn_options options_ = {.size = sizeof(options_),        \
							     .link = true};                   \
		ACTOR_ARGS_(default, ~, __VA_ARGS__)                                          \
		return A##_start_with(&options_ ACTOR_ARGS_(value, ~, __VA_ARGS__), ret_pid); \
	}
#define ACTOR_START_SIZE_none_ 0
#define ACTOR_START_SIZE_some_ sizeof(message_)

#endif
