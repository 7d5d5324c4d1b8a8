//! The only resolver that the guarded client knows.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{FetchError, address::is_public};

/// Resolves names and hands on only addresses that may be opened.
#[derive(Debug)]
pub(super) struct CheckedNames {
    pub(super) allow_private: bool,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            // The port is put in by the connector.
            let found: Vec<_> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| FetchError::NoSuchHost(name.clone()))?.collect();
            if found.is_empty() {
                return Err(FetchError::NoSuchHost(name).into());
            }
            // One private address among public ones is refused too: it is the mark of a rebinding.
            if !allow_private && !found.iter().all(|socket| is_public(socket.ip())) {
                return Err(FetchError::PrivateNetwork.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
