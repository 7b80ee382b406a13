/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_MESSAGE_H
#define ACTOR_MESSAGE_H

/*
 * Message types, and messages as a handler sees them.
 *
 * Stability: being built; the shape is meant to stay.
 */

#include <stddef.h>
#include <stdint.h>

#include <actor/pid.h>

#if defined(__GNUC__)
#define ACTOR_PUBLIC __attribute__((visibility("default")))
#else
#define ACTOR_PUBLIC
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Message types --------------------------------------------------------------------------- */

#define ACTOR_PAYLOAD_MAX ((size_t)1 << 20)

/*
 * A message type: what travels, under which name the tools show it. Made by one of the macros
 * below, once per program, at file scope; its address is passed to send, cast and call. The runtime
 * numbers types when they are first used.
 */
struct actor_type {
	const char *name;
	const char *ctype;       /* C type of the payload, NULL when there is none */
	const char *reply_ctype; /* C type of the reply, NULL when there is none */
	uint32_t size;           /* payload bytes; the least where `flexible` */
	uint32_t reply_size;
	uint8_t flexible; /* 1: bytes may follow the C type */
	uint16_t nth;     /* where types stand in an array: this one's place, from 0, */
	uint16_t count;   /* and how many there are; their numbers are in a row then */
	void (*clear)(
		void *payload); /* zeroes the padding of a copy; NULL: nothing known to clear */
	uint32_t number;        /* the runtime's; 0: not numbered yet */
};

/*
 * Padding bytes are not part of a value, but they are copied with it, and a recording compares
 * bytes. Where the compiler can, the copy's padding is zeroed; elsewhere (clang before 20) the
 * program should build payloads that have none.
 */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define ACTOR_HAS_CLEAR_PADDING 1
#endif
#endif
#ifdef ACTOR_HAS_CLEAR_PADDING
#define ACTOR_CLEAR_FUNCTION_(identifier, ctype)           \
	static void identifier##_clear_(void *payload)     \
	{                                                  \
		__builtin_clear_padding((ctype *)payload); \
	}
#define ACTOR_CLEAR_(identifier) identifier##_clear_
#else
#define ACTOR_CLEAR_FUNCTION_(identifier, ctype)
#define ACTOR_CLEAR_(identifier) NULL
#endif

#ifdef __cplusplus
#define ACTOR_STATIC_ASSERT_ static_assert
#define ACTOR_ALIGNOF_       alignof
#else
#define ACTOR_STATIC_ASSERT_ _Static_assert
#define ACTOR_ALIGNOF_       _Alignof
#endif

#define ACTOR_TYPE_(storage, identifier, ctype, reply_text, reply_bytes, is_flexible)    \
	ACTOR_STATIC_ASSERT_(ACTOR_ALIGNOF_(ctype) <= 8, "payloads are 8-byte aligned"); \
	ACTOR_CLEAR_FUNCTION_(identifier, ctype)                                         \
	storage struct actor_type identifier = {#identifier,                             \
						#ctype,                                  \
						reply_text,                              \
						sizeof(ctype),                           \
						reply_bytes,                             \
						is_flexible,                             \
						0,                                       \
						0,                                       \
						ACTOR_CLEAR_(identifier),                \
						0}
#define ACTOR_TYPE_EMPTY_(storage, identifier, reply_text, reply_bytes, is_flexible)              \
	storage struct actor_type identifier = {#identifier, NULL, reply_text, 0,    reply_bytes, \
						is_flexible, 0,    0,          NULL, 0}
#define ACTOR_NOTHING_

/* A message that carries a `ctype`. */
#define ACTOR_MESSAGE(identifier, ctype) ACTOR_TYPE_(ACTOR_NOTHING_, identifier, ctype, NULL, 0, 0)
/* A message that carries a `ctype` and, behind it, any number of bytes. */
#define ACTOR_MESSAGE_BYTES(identifier, ctype) \
	ACTOR_TYPE_(ACTOR_NOTHING_, identifier, ctype, NULL, 0, 1)
/* A message that carries nothing. */
#define ACTOR_MESSAGE_EMPTY(identifier) ACTOR_TYPE_EMPTY_(ACTOR_NOTHING_, identifier, NULL, 0, 0)
/* A message that carries bytes only. */
#define ACTOR_MESSAGE_RAW(identifier) ACTOR_TYPE_EMPTY_(ACTOR_NOTHING_, identifier, NULL, 0, 1)
/* A request that carries a `ctype` and is answered with a `reply`. */
#define ACTOR_REQUEST(identifier, ctype, reply) \
	ACTOR_TYPE_(ACTOR_NOTHING_, identifier, ctype, #reply, sizeof(reply), 0)
/* A request that carries nothing and is answered with a `reply`. */
#define ACTOR_REQUEST_EMPTY(identifier, reply) \
	ACTOR_TYPE_EMPTY_(ACTOR_NOTHING_, identifier, #reply, sizeof(reply), 0)
/* For headers: the type is defined in one .c file. */
#define ACTOR_TYPE_DECLARE(identifier) extern struct actor_type identifier

/* The same for types that only one .c file uses. */
#define ACTOR_STATIC_MESSAGE(identifier, ctype) ACTOR_TYPE_(static, identifier, ctype, NULL, 0, 0)
#define ACTOR_STATIC_MESSAGE_EMPTY(identifier)  ACTOR_TYPE_EMPTY_(static, identifier, NULL, 0, 0)
#define ACTOR_STATIC_MESSAGE_RAW(identifier)    ACTOR_TYPE_EMPTY_(static, identifier, NULL, 0, 1)
#define ACTOR_STATIC_REQUEST(identifier, ctype, reply) \
	ACTOR_TYPE_(static, identifier, ctype, #reply, sizeof(reply), 0)
#define ACTOR_STATIC_REQUEST_EMPTY(identifier, reply) \
	ACTOR_TYPE_EMPTY_(static, identifier, #reply, sizeof(reply), 0)

/* ---- Messages -------------------------------------------------------------------------------- */

/*
 * A message as a handler sees it; the payload follows it in memory. It and its payload are valid
 * until the handler returns; what is to last must be copied. Fields named with a trailing
 * underscore are the runtime's.
 */
struct actor_message {
	struct actor_message *next_;
	struct actor_pid sender;
	uint64_t ref_;
	uint32_t sequence; /* the sender's nth message: with `sender`, the message's identity */
	uint32_t size;     /* of the payload, bytes */
	uint32_t generation_;
	uint16_t tag; /* the type's number */
	uint8_t kind; /* enum actor_message_kind of actor/event.h */
	uint8_t pool_;
};

/* The same for a type that has no number yet: gives it one. */
ACTOR_PUBLIC bool actor_message_is_new(const struct actor_message *message,
				       const struct actor_type *type);

/* True when the message is of that type. */
static inline bool actor_message_is(const struct actor_message *message,
				    const struct actor_type *type)
{
#if defined(__GNUC__)
	/* Another thread may be the first to use the type at this moment. */
	uint32_t number = __atomic_load_n(&type->number, __ATOMIC_RELAXED);
#else
	uint32_t number = type->number;
#endif
	return message->tag == number || (number == 0 && actor_message_is_new(message, type));
}

/*
 * The message's place among the types of an array, or a number beyond the array's: one subtraction
 * where a chain of actor_message_is would compare with each. The array is the behaviour's `types`,
 * and its types say their places (nth, count).
 */
static inline uint32_t actor_message_nth(const struct actor_message *message,
					 const struct actor_type *types)
{
#if defined(__GNUC__)
	/* Numbered before the first actor of the behaviour was born; never changes after that. */
	return message->tag - __atomic_load_n(&types->number, __ATOMIC_RELAXED);
#else
	return message->tag - types->number;
#endif
}

/* The payload: message->size bytes, 8-byte aligned. */
static inline const void *actor_message_payload(const struct actor_message *message)
{
	return message + 1;
}

/* The payload as a `ctype`. Only after actor_message_is said yes. */
#define actor_message_as(message, ctype) ((const ctype *)actor_message_payload(message))

/* Who waits for the reply to a call. A plain value: keep it, send it to another actor, reply later.
 */
struct actor_from {
	struct actor_pid caller;
	uint64_t ref;
};

#ifdef __cplusplus
}
#endif

#endif
