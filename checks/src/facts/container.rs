//! Whether the host is a container: kernel, clock and `/proc/sys` then belong to the machine below.

use crate::{
    context::{Cx, Gather},
    observation::Gap,
};

/// Where the kernel names the process's own PID namespace.
const SOURCE: &str = "/proc/self/ns/pid";

/// The PID namespace that the kernel starts with: `PROC_PID_INIT_INO` of `linux/proc_ns.h`, the
/// same on every Linux. Every container engine gives its containers another one.
const INITIAL: &str = "pid:[4026531836]";

/// Whether this is a container. The kernel is asked, not a marker file such as `/.dockerenv`: a
/// file could be put there to make checks step aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// True in any PID namespace but the initial one.
    pub inside: bool,
    /// What shows it.
    pub source: &'static str,
}

impl Gather for Container {
    fn gather(cx: &Cx<'_>) -> Result<Self, Gap> {
        let inside = match cx.host().read_link(SOURCE) {
            Ok(namespace) => namespace != INITIAL,
            // A kernel without PID namespaces has no containers.
            Err(error) if error.is_not_found() => false,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            inside,
            source: SOURCE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{host::Live, settings::Settings};

    #[test]
    fn the_kernel_tells() {
        let (host, settings) = (Live::new(), Settings::default());
        let cx = Cx::new(&host, &settings);
        let init = std::fs::read_link("/proc/self/ns/pid").unwrap();
        let expected = init.to_str() != Some(INITIAL);
        assert_eq!(cx.get::<Container>().unwrap().inside, expected);
    }
}
