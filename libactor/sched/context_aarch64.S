/* SPDX-License-Identifier: MIT */
/*
 * AAPCS64 6.1: x19-x28, x29 (frame), x30 (link), d8-d15 and FPCR belong to the caller. A saved
 * context, from its stack pointer up:
 *	0 x19..x28   80 x29   88 x30   96 d8..d15   160 fpcr   168 unused
 */
	.text
	.globl	context_switch
	.hidden	context_switch
	.type	context_switch, %function
	.p2align 4
context_switch:
	.cfi_startproc
	hint	#34			/* bti c */
	sub	sp, sp, #176
	.cfi_adjust_cfa_offset 176
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x9, fpcr
	str	x9, [sp, #160]
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	ldr	x9, [sp, #160]
	msr	fpcr, x9
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x29, x30, [sp, #80]
	ldp	x27, x28, [sp, #64]
	ldp	x25, x26, [sp, #48]
	ldp	x23, x24, [sp, #32]
	ldp	x21, x22, [sp, #16]
	ldp	x19, x20, [sp, #0]
	add	sp, sp, #176
	.cfi_adjust_cfa_offset -176
	ret
	.cfi_endproc
	.size	context_switch, .-context_switch

/* The first frame of a stack: x19 is the entry. */
	.globl	context_start
	.hidden	context_start
	.type	context_start, %function
	.p2align 4
context_start:
	.cfi_startproc
	.cfi_undefined x30
	hint	#36			/* bti j */
	mov	x29, xzr
	mov	x30, xzr
	blr	x19
	brk	#1
	.cfi_endproc
	.size	context_start, .-context_start

/* void *context_prepare(void *top, void (*entry)(void)) */
	.globl	context_prepare
	.hidden	context_prepare
	.type	context_prepare, %function
	.p2align 4
context_prepare:
	.cfi_startproc
	hint	#34
	sub	x0, x0, #192
	mov	x9, x0
	add	x10, x0, #192
1:	stp	xzr, xzr, [x9], #16
	cmp	x9, x10
	b.lo	1b
	str	x1, [x0, #0]
	adr	x9, context_start
	str	x9, [x0, #88]
	mrs	x9, fpcr
	str	x9, [x0, #160]
	ret
	.cfi_endproc
	.size	context_prepare, .-context_prepare

	.section .note.GNU-stack,"",%progbits
