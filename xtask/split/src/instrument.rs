//! A program that remembers which of its functions ran.

use crate::names::key;
use anyhow::Result;
use walrus::ir::{Const, GlobalSet, Instr, InstrLocId, Value};
use walrus::{ConstExpr, Module, ValType};

/// The program with a global for each function, exported as `ran:N`, which becomes 1 when the function runs; and what a list says of
/// each, by N (nothing of a function without a name).
pub(crate) fn instrument(program: &[u8]) -> Result<(Vec<u8>, Vec<String>)> {
    let mut module = Module::from_buffer(program)?;
    let functions: Vec<_> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let mut names = Vec::new();
    for (n, id) in functions.into_iter().enumerate() {
        names.push(key(module.funcs.get(id)).unwrap_or_default());
        let ran = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        module.exports.add(&format!("ran:{n}"), ran);
        let body = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let entry = body.entry_block();
        let at = InstrLocId::default();
        let set = [(Instr::Const(Const { value: Value::I32(1) }), at), (Instr::GlobalSet(GlobalSet { global: ran }), at)];
        body.block_mut(entry).instrs.splice(0..0, set);
    }
    Ok((module.emit_wasm(), names))
}
