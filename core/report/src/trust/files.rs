//! Files of certificates and lists gathered, from wherever their bytes come, and the trust that they make.

use lacre_core::rsa::RsaBackend;
use lacre_core::{Certificate, RevocationList, Trust};

use super::contents::{Contents, List};
use super::fault::{Trouble, TrustFault};
use crate::speaker::Speaker;

/// Gathers what files hold.
#[derive(Debug, Default)]
pub struct TrustFiles {
    certificates: Vec<Given>,
    /// Authorities that are not trusted to sign anything but lists.
    authorities: Vec<Certificate>,
    lists: Vec<List>,
    passed_over: Vec<TrustFault>,
    refused: Vec<TrustFault>,
}

/// A certificate, where it stands, and whose messages it may have signed: none is both sides'.
#[derive(Debug)]
struct Given {
    side: Option<Speaker>,
    place: String,
    certificate: Certificate,
}

/// What was gathered, with every list held against every certificate, whichever side that is for.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trusted {
    certificates: Vec<Given>,
    /// What stands in the files and cannot be used.
    pub passed_over: Vec<TrustFault>,
    /// The lists that were taken in, each with its place.
    pub lists: Vec<(String, RevocationList)>,
    /// The lists that were asked for and cannot be relied on.
    pub refused_lists: Vec<TrustFault>,
}

impl TrustFiles {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a file of certificates that are trusted about one side or, without one, about both; `place` says where the file is.
    ///
    /// # Errors
    /// When it is damaged or holds no certificate that can be used. Nothing of it is taken in then.
    pub fn add(
        &mut self,
        (place, bytes): (&str, &[u8]),
        side: Option<Speaker>,
        backend: &dyn RsaBackend,
    ) -> Result<(), TrustFault> {
        let contents = Contents::read(place, bytes, backend)?;
        if contents.usable.is_empty() {
            return Err(contents.without_certificate(place));
        }
        self.take(place, side, contents);
        Ok(())
    }

    /// Takes in a file that was found in a folder: it may hold lists alone, and what is refused is passed over.
    pub fn add_found(
        &mut self,
        (place, bytes): (&str, &[u8]),
        side: Option<Speaker>,
        backend: &dyn RsaBackend,
    ) {
        match Contents::read(place, bytes, backend) {
            Ok(contents) if contents.usable.is_empty() && contents.lists.is_empty() => {
                self.passed_over.push(contents.without_certificate(place));
            }
            Ok(contents) => self.take(place, side, contents),
            Err(fault) => self.passed_over.push(fault),
        }
    }

    /// Takes in a file of revocation lists. Certificates in it are not trusted: what they are good for is to check lists.
    ///
    /// # Errors
    /// When it is damaged or holds no list. Nothing of it is taken in then.
    pub fn add_lists(
        &mut self,
        (place, bytes): (&str, &[u8]),
        backend: &dyn RsaBackend,
    ) -> Result<(), TrustFault> {
        let contents = Contents::read(place, bytes, backend)?;
        if contents.lists.is_empty() {
            return Err(TrustFault::no_list(place));
        }
        self.take_lists(contents);
        Ok(())
    }

    /// The same for a file that was found in a folder of lists.
    pub fn add_found_lists(&mut self, (place, bytes): (&str, &[u8]), backend: &dyn RsaBackend) {
        match Contents::read(place, bytes, backend) {
            Ok(contents) => self.take_lists(contents),
            Err(fault) => self.passed_over.push(fault),
        }
    }

    /// The certificates so far, each with its place.
    pub fn certificates(&self) -> impl DoubleEndedIterator<Item = (&str, &Certificate)> + ExactSizeIterator {
        self.certificates.iter().map(|given| (given.place.as_str(), &given.certificate))
    }

    /// How many lists stand in the files so far.
    #[must_use]
    pub fn lists_len(&self) -> usize {
        self.lists.len()
    }

    /// What was passed over since this was last asked.
    pub fn take_passed_over(&mut self) -> Vec<TrustFault> {
        core::mem::take(&mut self.passed_over)
    }

    /// Takes in each list whose signature holds.
    #[must_use]
    pub fn finish(self) -> Trusted {
        let Self { certificates, authorities, lists, mut passed_over, mut refused } = self;
        let issuers = || certificates.iter().map(|given| &given.certificate).chain(&authorities);
        let mut taken = Vec::new();
        for List { place, line, der, asked_for } in lists {
            match RevocationList::read(&der, issuers()) {
                Ok(list) => taken.push((place, list)),
                Err(error) => {
                    let fault = TrustFault::new(&place, Trouble::List(error)).on(line);
                    if asked_for { refused.push(fault) } else { passed_over.push(fault) }
                }
            }
        }
        Trusted { certificates, passed_over, lists: taken, refused_lists: refused }
    }

    fn take(&mut self, place: &str, side: Option<Speaker>, contents: Contents) {
        let given = |certificate| Given { side, place: place.to_owned(), certificate };
        self.certificates.extend(contents.usable.into_iter().map(given));
        self.lists.extend(contents.lists);
        self.passed_over.extend(contents.passed_over);
    }

    fn take_lists(&mut self, contents: Contents) {
        self.authorities.extend(contents.usable);
        self.lists.extend(contents.lists.into_iter().map(|list| List { asked_for: true, ..list }));
        self.passed_over.extend(contents.passed_over);
    }
}

impl Trusted {
    /// Trust in the certificates that are meant, by the side that they were given for, with what the lists revoke.
    #[must_use]
    pub fn trust(&self, is_meant: impl Fn(Option<Speaker>, &Certificate) -> bool) -> Trust {
        let meant = self.certificates.iter().filter(|given| is_meant(given.side, &given.certificate));
        let mut trust: Trust = meant.map(|given| given.certificate.clone()).collect();
        self.lists.iter().for_each(|(_, list)| trust.add_list(list));
        trust
    }

    /// Whether any certificate was given for one side alone.
    #[must_use]
    pub fn has_sides(&self) -> bool {
        self.certificates.iter().any(|given| given.side.is_some())
    }
}
