/* SPDX-License-Identifier: MIT */
/*
 * System V AMD64 ABI 3.2.1: rbx, rbp, r12-r15, the x87 control word and MXCSR's control bits belong
 * to the caller. A saved context, from its stack pointer up:
 *	0 mxcsr, x87 control   8 r15   16 r14   24 r13   32 r12   40 rbx   48 rbp   56 return address
 */
	.text
	.globl	context_switch
	.hidden	context_switch
	.type	context_switch, @function
	.p2align 4
context_switch:
	.cfi_startproc
	endbr64
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rsp, (%rdi)
	/* Nearly always the same; to load them costs more than all the rest. */
	movl	(%rsp), %eax
	movzwl	4(%rsp), %ecx
	movq	%rsi, %rsp
	cmpl	(%rsp), %eax
	jne	1f
	cmpw	4(%rsp), %cx
	jne	1f
2:	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_adjust_cfa_offset 56
1:	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	jmp	2b
	.cfi_endproc
	.size	context_switch, .-context_switch

/* The first frame of a stack: rbx is the entry. A return address of 0 ends backtraces. */
	.globl	context_start
	.hidden	context_start
	.type	context_start, @function
	.p2align 4
context_start:
	.cfi_startproc
	.cfi_undefined rip
	endbr64
	xorl	%ebp, %ebp
	call	*%rbx
	ud2
	.cfi_endproc
	.size	context_start, .-context_start

/* void *context_prepare(void *top, void (*entry)(void)) */
	.globl	context_prepare
	.hidden	context_prepare
	.type	context_prepare, @function
	.p2align 4
context_prepare:
	.cfi_startproc
	endbr64
	leaq	-80(%rdi), %rax
	stmxcsr	(%rax)
	fnstcw	4(%rax)
	movq	$0, 8(%rax)
	movq	$0, 16(%rax)
	movq	$0, 24(%rax)
	movq	$0, 32(%rax)
	movq	%rsi, 40(%rax)
	movq	$0, 48(%rax)
	leaq	context_start(%rip), %rdx
	movq	%rdx, 56(%rax)
	movq	$0, 64(%rax)
	movq	$0, 72(%rax)
	ret
	.cfi_endproc
	.size	context_prepare, .-context_prepare

	.section .note.GNU-stack,"",@progbits
