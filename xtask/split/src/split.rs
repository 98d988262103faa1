//! The cut itself.
//!
//! Every listed function moves to the rest. Where the first part refers to one, a stub stays in its place: it calls
//! `load_rest` (an export of the program) unless the rest is there, and then goes through the table of functions.
//! The rest imports memory, tables, globals and functions of the first part under the name `first`, and fills its
//! slots of the table when it is instantiated. So nothing depends on the list but where a function lies.

use crate::names::Listed;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalId, GlobalKind, ImportKind,
    ImportedFunction, Module, ModuleConfig, TableId, ValType, passes,
};

/// The export that fetches the rest; JavaScript stands behind it.
const LOAD: &str = "load_rest";
/// What the rest calls the first part.
const FIRST: &str = "first";
/// The first part's word for whether the rest is there.
const LOADED: &str = "rest:loaded";

/// A program in two parts.
pub(crate) struct Parts {
    pub(crate) first: Vec<u8>,
    pub(crate) rest: Vec<u8>,
}

/// A function's place among all; the same in both copies of the program, which a [`FunctionId`] is not.
type Place = usize;

pub(crate) fn split(program: &[u8], listed: &Listed<'_>) -> Result<Parts> {
    let (mut first, mut rest) = (parse(program)?, parse(program)?);
    let load = exported_function(&first, LOAD)?;
    let is_moved = |id: FunctionId| id != load && listed.contains(first.funcs.get(id));
    let moved: BTreeSet<Place> = first.funcs.iter_local().map(|(id, _)| id).filter(|id| is_moved(*id)).map(|id| id.index()).collect();
    let referred: Vec<Place> = referred_to(&first, &moved).into_iter().filter(|place| moved.contains(place)).collect();

    let slots = leave_stubs(&mut first, &referred, load)?;
    import_the_first(&mut rest, &moved);
    fill_slots(&mut rest, &referred, slots)?;
    passes::gc::run(&mut rest);
    offer(&mut first, &rest)?;
    passes::gc::run(&mut first);
    Ok(Parts { first: first.emit_wasm(), rest: rest.emit_wasm() })
}

fn parse(program: &[u8]) -> Result<Module> {
    ModuleConfig::new().generate_name_section(false).generate_producers_section(false).parse(program)
}

fn exported_function(module: &Module, name: &str) -> Result<FunctionId> {
    match module.exports.iter().find(|e| e.name == name).map(|e| e.item) {
        Some(ExportItem::Function(id)) => Ok(id),
        _ => bail!("the program exports no function {name}"),
    }
}

fn function_table(module: &Module) -> Result<TableId> {
    module.tables.main_function_table()?.context("the program has no table of functions")
}

/// The functions that what stays refers to: calls, tables, exports.
fn referred_to(module: &Module, moved: &BTreeSet<Place>) -> BTreeSet<Place> {
    struct Found(BTreeSet<Place>);
    impl Visitor<'_> for Found {
        fn visit_function_id(&mut self, id: &FunctionId) {
            self.0.insert(id.index());
        }
    }
    let mut found = Found(BTreeSet::new());
    for (_, function) in module.funcs.iter_local().filter(|(id, _)| !moved.contains(&id.index())) {
        dfs_in_order(&mut found, function, function.entry_block());
    }
    for element in module.elements.iter() {
        if let ElementItems::Functions(functions) = &element.items {
            found.0.extend(functions.iter().map(|id| id.index()));
        }
    }
    for export in module.exports.iter() {
        if let ExportItem::Function(id) = export.item {
            found.0.insert(id.index());
        }
    }
    found.0.extend(module.start.map(|id| id.index()));
    found.0
}

/// Puts a stub in the place of every referred function, and makes the table longer by as many slots. Returns the first of these.
fn leave_stubs(first: &mut Module, referred: &[Place], load: FunctionId) -> Result<i32> {
    let table = function_table(first)?;
    let loaded = first.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
    first.exports.add(LOADED, loaded);
    let slots = i32::try_from(first.tables.get(table).initial).context("the table is too long")?;
    let longer = first.tables.get(table).initial + referred.len() as u64;
    let lengthened = first.tables.get_mut(table);
    lengthened.initial = longer;
    lengthened.maximum = lengthened.maximum.map(|maximum| maximum.max(longer));
    let ids = ids(first);
    for (slot, place) in (slots..).zip(referred) {
        stub(first, ids[*place], slot, &Way { table, loaded, load });
    }
    Ok(slots)
}

/// What every stub uses.
struct Way {
    table: TableId,
    loaded: GlobalId,
    load: FunctionId,
}

fn stub(module: &mut Module, id: FunctionId, slot: i32, way: &Way) {
    let ty = module.funcs.get(id).ty();
    let (params, results) = (module.types.get(ty).params().to_vec(), module.types.get(ty).results().to_vec());
    let args: Vec<_> = params.iter().map(|param| module.locals.add(*param)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    let mut body = builder.func_body();
    body.global_get(way.loaded).unop(walrus::ir::UnaryOp::I32Eqz).if_else(
        None,
        |missing| {
            missing.call(way.load);
        },
        |_| {},
    );
    for arg in &args {
        body.local_get(*arg);
    }
    body.i32_const(slot).call_indirect(ty, way.table);
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(args));
}

fn ids(module: &Module) -> Vec<FunctionId> {
    let mut ids: Vec<_> = module.funcs.iter().map(walrus::Function::id).collect();
    ids.sort_unstable_by_key(|id| id.index());
    debug_assert!(ids.iter().enumerate().all(|(place, id)| id.index() == place));
    ids
}

/// Makes everything that has not moved an import from the first part.
fn import_the_first(rest: &mut Module, moved: &BTreeSet<Place>) {
    let exports: Vec<_> = rest.exports.iter().map(|e| e.id()).collect();
    exports.into_iter().for_each(|id| rest.exports.delete(id));
    let elements: Vec<_> = rest.elements.iter().map(|e| e.id()).collect();
    elements.into_iter().for_each(|id| rest.elements.delete(id));
    let data: Vec<_> = rest.data.iter().map(|d| d.id()).collect();
    data.into_iter().for_each(|id| rest.data.delete(id));
    let imports: Vec<_> = rest.imports.iter().map(|i| i.id()).collect();
    imports.into_iter().for_each(|id| rest.imports.delete(id));
    rest.start = None;

    for id in ids(rest).into_iter().filter(|id| !moved.contains(&id.index())) {
        let import = rest.imports.add(FIRST, &format!("f{}", id.index()), id);
        let ty = rest.funcs.get(id).ty();
        rest.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
    for memory in rest.memories.iter_mut() {
        memory.import = Some(rest.imports.add(FIRST, &format!("m{}", memory.id().index()), memory.id()));
        memory.data_segments.clear();
    }
    for table in rest.tables.iter_mut() {
        table.import = Some(rest.imports.add(FIRST, &format!("t{}", table.id().index()), table.id()));
        table.elem_segments.clear();
        // The first part's is longer by the stubs' slots.
        table.maximum = None;
    }
    let globals: Vec<_> = rest.globals.iter().map(|g| g.id()).collect();
    for id in globals {
        let import = rest.imports.add(FIRST, &format!("g{}", id.index()), id);
        rest.globals.get_mut(id).kind = GlobalKind::Import(import);
    }
}

/// Lets the rest fill the stubs' slots, and say that it is there.
fn fill_slots(rest: &mut Module, referred: &[Place], slots: i32) -> Result<()> {
    let table = function_table(rest)?;
    let ids = ids(rest);
    let functions = referred.iter().map(|place| ids[*place]).collect();
    let offset = ConstExpr::Value(Value::I32(slots));
    let element = rest.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
    rest.tables.get_mut(table).elem_segments.insert(element);
    let (loaded, _) = rest.add_import_global(FIRST, LOADED, ValType::I32, true, false);
    let mut start = FunctionBuilder::new(&mut rest.types, &[], &[]);
    start.func_body().i32_const(1).global_set(loaded);
    rest.start = Some(start.finish(Vec::new(), &mut rest.funcs));
    Ok(())
}

/// Exports from the first part what the rest imports.
fn offer(first: &mut Module, rest: &Module) -> Result<()> {
    let ids = ids(first);
    for import in rest.imports.iter().filter(|import| import.name != LOADED) {
        match import.kind {
            ImportKind::Function(id) => first.exports.add(&import.name, ids[id.index()]),
            ImportKind::Memory(_) => {
                let memory = first.memories.iter().next().context("no memory")?.id();
                first.exports.add(&import.name, memory)
            }
            ImportKind::Table(id) => {
                let table = first.tables.iter().map(walrus::Table::id).find(|t| t.index() == id.index()).context("no such table")?;
                first.exports.add(&import.name, table)
            }
            ImportKind::Global(id) => {
                let global = first.globals.iter().map(walrus::Global::id).find(|g| g.index() == id.index()).context("no such global")?;
                first.exports.add(&import.name, global)
            }
            ImportKind::Tag(_) => bail!("the program throws WebAssembly exceptions, which this cut does not know"),
        };
    }
    Ok(())
}
