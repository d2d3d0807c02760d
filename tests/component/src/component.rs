//! A host of the components: an engine, a component compiled once, and a store with limits for as many calls as one likes.

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Result, Store, StoreLimits, StoreLimitsBuilder};

use crate::{FUEL, MEMORY_BYTES_MAX, packaged};

/// The world whose host brings the key. It has all that the world `lacre` has.
#[expect(missing_docs, clippy::exhaustive_enums, reason = "written by bindgen from the WIT")]
pub mod signer {
    wasmtime::component::bindgen!({ path: "../../host-wasm/wit", world: "signer" });
}

/// The world that imports nothing.
#[expect(missing_docs, clippy::exhaustive_enums, reason = "written by bindgen from the WIT")]
pub mod lacre {
    wasmtime::component::bindgen!({ path: "../../host-wasm/wit", world: "lacre" });
}

/// Signs a digest, or says why it does not.
pub type Key = Box<dyn FnMut(Vec<u8>) -> Result<Vec<u8>, String>>;

/// What a store keeps for its host: limits, and the key that the component may ask for a signature.
#[expect(missing_debug_implementations, reason = "a key shows nothing of itself")]
pub struct Host {
    limits: StoreLimits,
    key: Key,
}

impl signer::lacre::pix::key::Host for Host {
    fn sign(&mut self, digest: Vec<u8>) -> Result<Vec<u8>, String> {
        (self.key)(digest)
    }
}

/// A compiled component, from which stores are opened.
#[expect(missing_debug_implementations, reason = "compiled code has nothing to show")]
pub struct Compiled {
    engine: Engine,
    component: Component,
}

impl Compiled {
    /// Compiles a packaged component.
    ///
    /// # Panics
    /// If it is no component.
    #[must_use]
    pub fn new(file: &str) -> Self {
        let engine = engine();
        let component = Component::from_file(&engine, packaged(file)).expect(file);
        Self { engine, component }
    }

    /// What the component imports and exports, by name.
    #[must_use]
    pub fn names(&self) -> [Vec<String>; 2] {
        let of = self.component.component_type();
        [
            of.imports(&self.engine).map(|(name, _)| name.to_owned()).collect(),
            of.exports(&self.engine).map(|(name, _)| name.to_owned()).collect(),
        ]
    }

    /// A store with this much fuel and memory, and the component in it, without a key.
    ///
    /// # Errors
    /// If the limits do not even let it start.
    pub fn open(&self, fuel: u64, memory_bytes_max: usize) -> Result<(Store<Host>, lacre::Lacre)> {
        let mut store = self.store(fuel, memory_bytes_max, Box::new(|_| Err("no key".to_owned())))?;
        let lacre = lacre::Lacre::instantiate(&mut store, &self.component, &Linker::new(&self.engine))?;
        Ok((store, lacre))
    }

    /// A store whose host signs with a key.
    ///
    /// # Errors
    /// If the component does not import what the host brings.
    pub fn open_with_key(
        &self,
        key: impl FnMut(Vec<u8>) -> Result<Vec<u8>, String> + 'static,
    ) -> Result<(Store<Host>, signer::Signer)> {
        let mut store = self.store(FUEL, MEMORY_BYTES_MAX, Box::new(key))?;
        let mut linker = Linker::new(&self.engine);
        signer::Signer::add_to_linker::<_, HasSelf<_>>(&mut linker, |host: &mut Host| host)?;
        let signer = signer::Signer::instantiate(&mut store, &self.component, &linker)?;
        Ok((store, signer))
    }

    fn store(&self, fuel: u64, memory_bytes_max: usize, key: Key) -> Result<Store<Host>> {
        let limits =
            StoreLimitsBuilder::new().memory_size(memory_bytes_max).trap_on_grow_failure(true).build();
        let mut store = Store::new(&self.engine, Host { limits, key });
        store.limiter(|host| &mut host.limits);
        store.set_fuel(fuel)?;
        Ok(store)
    }
}

/// An engine that counts what its guests do.
///
/// # Panics
/// If this machine is none that wasmtime compiles for.
#[must_use]
pub fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true);
    Engine::new(&config).expect("an engine for this machine")
}
