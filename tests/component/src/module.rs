//! A host of the plain module: its functions by name, its memory, and the contract that `host-wasm/src/module.rs` states.

use wasmtime::{Engine, Instance, Memory, Module, Result, Store, StoreLimits, StoreLimitsBuilder, Val};

use crate::component::engine;
use crate::{FUEL, MEMORY_BYTES_MAX, packaged};

/// The instant that stands for the message's own.
pub const AT_MESSAGE: i64 = i64::MIN;

/// The compiled module.
#[expect(missing_debug_implementations, reason = "compiled code has nothing to show")]
pub struct Compiled {
    engine: Engine,
    module: Module,
}

/// An instance of the module in a store of its own.
#[derive(Debug)]
pub struct Guest {
    store: Store<StoreLimits>,
    instance: Instance,
    memory: Memory,
}

/// What a call left behind: its status and its result.
pub type Answer = (i32, Vec<u8>);

impl Compiled {
    /// Compiles the packaged module.
    ///
    /// # Panics
    /// If it is no module.
    #[must_use]
    pub fn new() -> Self {
        let engine = engine();
        let module = Module::from_file(&engine, packaged("lacre.module.wasm")).expect("a module");
        Self { engine, module }
    }

    /// How many things it imports.
    #[must_use]
    pub fn imports(&self) -> usize {
        self.module.imports().count()
    }

    /// An instance with the usual limits.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn open(&self) -> Guest {
        self.open_with(FUEL, MEMORY_BYTES_MAX).expect("an instance")
    }

    /// An instance with this much fuel and memory.
    ///
    /// # Errors
    /// If the limits do not even let it start.
    pub fn open_with(&self, fuel: u64, memory_bytes_max: usize) -> Result<Guest> {
        let limits = StoreLimitsBuilder::new().memory_size(memory_bytes_max).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(fuel)?;
        let instance = Instance::new(&mut store, &self.module, &[])?;
        let memory = instance.get_memory(&mut store, "memory").expect("its memory");
        Ok(Guest { store, instance, memory })
    }
}

impl Default for Compiled {
    fn default() -> Self {
        Self::new()
    }
}

impl Guest {
    /// Calls a function that gives a number.
    ///
    /// # Errors
    /// If it trapped: out of fuel, or out of memory.
    ///
    /// # Panics
    /// If there is no such function, or it takes other arguments.
    pub fn number(&mut self, function: &str, arguments: &[Val]) -> Result<i32> {
        let function = self.instance.get_func(&mut self.store, function).expect(function);
        let mut results = [Val::I32(0)];
        function.call(&mut self.store, arguments, &mut results)?;
        Ok(results[0].unwrap_i32())
    }

    /// Calls a function, and gives its status and its result.
    ///
    /// # Errors
    /// As [`Guest::number`].
    ///
    /// # Panics
    /// As [`Guest::number`], and if the function gives another status than `lacre_status`.
    pub fn call(&mut self, function: &str, arguments: &[Val]) -> Result<Answer> {
        let status = self.number(function, arguments)?;
        assert_eq!(status, self.number("lacre_status", &[])?, "{function}");
        Ok((status, self.result()?))
    }

    /// The result of the last call.
    ///
    /// # Errors
    /// As [`Guest::number`].
    ///
    /// # Panics
    /// If it stands beyond the memory.
    pub fn result(&mut self) -> Result<Vec<u8>> {
        let address = index(self.number("lacre_result", &[])?);
        let len = index(self.number("lacre_result_len", &[])?);
        Ok(self.memory.data(&self.store)[address..address + len].to_vec())
    }

    /// Puts octets into a new buffer: its address and length, as calls take them.
    ///
    /// # Errors
    /// As [`Guest::number`].
    ///
    /// # Panics
    /// If there is no room.
    pub fn give(&mut self, octets: &[u8]) -> Result<[Val; 2]> {
        let len = i32::try_from(octets.len()).expect("less than two gigabytes");
        let address = self.number("lacre_alloc", &[Val::I32(len)])?;
        assert_ne!(address, 0, "no room for {len} octets");
        self.memory.write(&mut self.store, index(address), octets)?;
        Ok([Val::I32(address), Val::I32(len)])
    }

    /// Takes buffers back.
    ///
    /// # Errors
    /// As [`Guest::number`].
    ///
    /// # Panics
    /// If one was none.
    pub fn take_back(&mut self, buffers: &[[Val; 2]]) -> Result<()> {
        for [address, _] in buffers {
            assert_eq!(self.number("lacre_free", &[*address])?, 0);
        }
        Ok(())
    }

    /// A handle on the trust in some certificates.
    ///
    /// # Errors
    /// As [`Guest::number`].
    ///
    /// # Panics
    /// If one of them cannot be used.
    pub fn trust(&mut self, certificates: &[Vec<u8>]) -> Result<Val> {
        let trust = Val::I32(self.number("lacre_trust_new", &[])?);
        for certificate in certificates {
            let [address, len] = self.give(certificate)?;
            let added = self.call("lacre_trust_add", &[trust, address, len, Val::I32(0)])?;
            assert_eq!(added.0, 0, "{}", String::from_utf8_lossy(&added.1));
            self.take_back(&[[address, len]])?;
        }
        Ok(trust)
    }

    /// How many bytes of memory it has.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory.data_size(&self.store)
    }
}

/// Addresses are unsigned, whatever the type of a result says.
fn index(number: i32) -> usize {
    usize::try_from(number.cast_unsigned()).expect("as wide as memory")
}
