//! The encoding of one instruction.
//!
//! ```text
//!   byte 0    1    2    3    4 .. 7
//!       [op] [a ] [b ] [c ] [d: i32, little end first                ]
//!                 [ bc: 16 bits] [ d as key: constant index 16 | hash 16 ]
//! ```
#![allow(unsafe_code)]

use super::Op;

/// One instruction; see the operand letters in [`Op`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Instruction(u64);

impl Instruction {
    /// `op` with three registers or small numbers.
    pub(crate) const fn abc(op: Op, a: u8, b: u8, c: u8) -> Self {
        Self(op as u64 | (a as u64) << 8 | (b as u64) << 16 | (c as u64) << 24)
    }

    /// `op` with all operands.
    pub(crate) const fn abcd(op: Op, a: u8, b: u8, c: u8, d: i32) -> Self {
        Self(Self::abc(op, a, b, c).0 | (d as u32 as u64) << 32)
    }

    /// `op` with one register and a word.
    pub(crate) const fn ad(op: Op, a: u8, d: i32) -> Self {
        Self::abcd(op, a, 0, 0, d)
    }

    /// `op` with a register, a 16-bit operand and a word.
    pub(crate) const fn a_bc_d(op: Op, a: u8, bc: u16, d: i32) -> Self {
        Self::abcd(op, a, bc as u8, (bc >> 8) as u8, d)
    }

    /// `op` with two registers and a field key: the constant's index, and the low half of its hash.
    pub(crate) const fn key(op: Op, a: u8, b: u8, constant: u16, hash: u16) -> Self {
        Self::abcd(op, a, b, 0, (constant as u32 | (hash as u32) << 16) as i32)
    }

    /// Instructions as the words that a `Proto` keeps.
    pub(crate) fn words(code: &[Instruction]) -> &[u64] {
        // SAFETY: an instruction is a transparent word.
        unsafe { core::slice::from_raw_parts(code.as_ptr().cast(), code.len()) }
    }

    /// The instructions of a `Proto`.
    pub(crate) fn from_words(code: &[u64]) -> &[Instruction] {
        // SAFETY: an instruction is a transparent word, and code comes from the compiler (B2).
        unsafe { core::slice::from_raw_parts(code.as_ptr().cast(), code.len()) }
    }

    /// The opcode.
    #[inline(always)]
    pub(crate) const fn op(self) -> Op {
        debug_assert!((self.0 as u8) < Op::COUNT);
        // SAFETY: instructions are made by the constructors above from an `Op` (B2).
        unsafe { core::mem::transmute::<u8, Op>(self.0 as u8) }
    }

    #[inline(always)]
    pub(crate) const fn a(self) -> usize {
        (self.0 >> 8) as u8 as usize
    }

    #[inline(always)]
    pub(crate) const fn b(self) -> usize {
        (self.0 >> 16) as u8 as usize
    }

    #[inline(always)]
    pub(crate) const fn c(self) -> usize {
        (self.0 >> 24) as u8 as usize
    }

    /// `b` and `c` as one unsigned operand.
    #[inline(always)]
    pub(crate) const fn bc(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }

    /// `b` and `c` as one signed operand.
    #[inline(always)]
    pub(crate) const fn signed_bc(self) -> i64 {
        (self.0 >> 16) as u16 as i16 as i64
    }

    #[inline(always)]
    pub(crate) const fn d(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// The constant index of a field key.
    #[inline(always)]
    pub(crate) const fn key_constant(self) -> usize {
        (self.0 >> 32) as u16 as usize
    }

    /// The low 16 bits of a field key's hash.
    #[inline(always)]
    pub(crate) const fn key_hash(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The same instruction with another word `d`, for patching jumps.
    pub(crate) const fn with_d(self, d: i32) -> Self {
        Self(self.0 & 0xFFFF_FFFF | (d as u32 as u64) << 32)
    }

    /// The same instruction with another `a`.
    pub(crate) const fn with_a(self, a: u8) -> Self {
        Self(self.0 & !0xFF00 | (a as u64) << 8)
    }

    /// The same instruction with another `b`.
    pub(crate) const fn with_b(self, b: u8) -> Self {
        Self(self.0 & !0xFF_0000 | (b as u64) << 16)
    }

    /// The same instruction with another `c`.
    pub(crate) const fn with_c(self, c: u8) -> Self {
        Self(self.0 & !0xFF00_0000 | (c as u64) << 24)
    }
}

/// The program counter behind the instruction at `pc`.
///
/// The compiler does not know that the two belong together: it would keep both in registers, and
/// move one of them at every instruction.
///
/// # Safety
/// `pc` points to an instruction.
#[inline(always)]
pub(crate) unsafe fn behind(pc: *const Instruction) -> *const Instruction {
    // SAFETY: the caller's promise.
    hidden(unsafe { pc.add(1) }.cast_mut())
}

/// The same pointer, of which the compiler does not know where it came from: what it leads to is
/// read anew, and a register that held more than the pointer is free.
#[inline(always)]
// There is no instruction that could use what the pointer leads to.
#[allow(clippy::pointers_in_nomem_asm_block)]
pub(crate) fn hidden<T>(pointer: *mut T) -> *mut T {
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    {
        let mut pointer = pointer;
        // SAFETY: no instruction at all, so nothing is changed.
        unsafe {
            core::arch::asm!(
                "/* {} */",
                inout(reg) pointer,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        pointer
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    pointer
}

/// The operands of an instruction, read from where it stands. The loop reads them so instead of
/// taking a copy apart: each costs one load, with no shifts and masks, and what only a slow path
/// asks for is read there.
#[derive(Clone, Copy)]
pub(crate) struct Fetched(*const u8);

impl Fetched {
    /// Those of the instruction just before `pc`.
    ///
    /// # Safety
    /// There is one, and its code lives for as long as this value is used.
    #[inline(always)]
    pub(crate) const unsafe fn before(pc: *const Instruction) -> Self {
        Self(pc.cast())
    }

    /// The same, for a slow path: what it reads is its own affair. The quick path in front would
    /// else keep each operand as the slow one wants it, too.
    #[inline(always)]
    pub(crate) fn again(self) -> Self {
        Self(hidden(self.0.cast_mut()))
    }

    /// The operand that starts `back` bytes before the next instruction.
    #[inline(always)]
    const fn read<T: Copy>(self, back: usize) -> T {
        const { assert!(align_of::<T>() <= 4) };
        // SAFETY: within the instruction that `before` was promised: `back` is one of the distances
        // below, which are multiples of the operand's size.
        unsafe { self.0.sub(back).cast::<T>().read() }
    }

    #[inline(always)]
    pub(crate) const fn a(self) -> usize {
        self.read::<u8>(7) as usize
    }

    #[inline(always)]
    pub(crate) const fn b(self) -> usize {
        self.read::<u8>(6) as usize
    }

    #[inline(always)]
    pub(crate) const fn c(self) -> usize {
        self.read::<u8>(5) as usize
    }

    /// `b` and `c` as one unsigned operand.
    #[inline(always)]
    pub(crate) const fn bc(self) -> usize {
        self.read::<u16>(6) as usize
    }

    /// `b` and `c` as one signed operand.
    #[inline(always)]
    pub(crate) const fn signed_bc(self) -> i64 {
        self.read::<i16>(6) as i64
    }

    #[inline(always)]
    pub(crate) const fn d(self) -> i32 {
        self.read(4)
    }

    /// The constant index of a field key.
    #[inline(always)]
    pub(crate) const fn key_constant(self) -> usize {
        self.read::<u16>(4) as usize
    }

    /// The low 16 bits of a field key's hash.
    #[inline(always)]
    pub(crate) const fn key_hash(self) -> u16 {
        self.read(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_come_back_as_they_went_in() {
        let i = Instruction::abcd(Op::Call, 1, 250, 3, -7);
        assert_eq!(
            (i.op(), i.a(), i.b(), i.c(), i.d()),
            (Op::Call, 1, 250, 3, -7)
        );
        let i = Instruction::key(Op::GetField, 9, 8, 65535, 0x8001);
        assert_eq!(
            (i.a(), i.b(), i.key_constant(), i.key_hash()),
            (9, 8, 65535, 0x8001)
        );
        let i = Instruction::a_bc_d(Op::JumpLtI, 4, -2i16 as u16, 100)
            .with_d(-100)
            .with_a(5);
        assert_eq!(
            (i.op(), i.a(), i.signed_bc(), i.d()),
            (Op::JumpLtI, 5, -2, -100)
        );
    }

    #[test]
    fn operands_are_read_where_they_stand() {
        let code = [
            Instruction::abcd(Op::Call, 1, 250, 3, -7),
            Instruction::key(Op::GetField, 9, 8, 65535, 0x8001),
            Instruction::a_bc_d(Op::JumpLtI, 2, -5i16 as u16, 4),
        ];
        for i in &code {
            // SAFETY: the instruction is there.
            let read = unsafe { Fetched::before(behind(i)) };
            assert_eq!(
                (read.a(), read.b(), read.c(), read.d(), read.bc()),
                (i.a(), i.b(), i.c(), i.d(), i.bc())
            );
            assert_eq!(
                (read.key_constant(), read.key_hash(), read.signed_bc()),
                (i.key_constant(), i.key_hash(), i.signed_bc())
            );
            let again = read.again();
            assert_eq!((again.a(), again.d()), (i.a(), i.d()));
        }
    }
}
