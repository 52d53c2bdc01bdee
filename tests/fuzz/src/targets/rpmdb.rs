//! rpm's database, read without rpm.

use capdo_checks::{Cx, facts::rpmdb::RpmDb, settings::Settings};

use crate::{seeds::Seeds, window::Window};

const PATH: &str = "/usr/lib/sysimage/rpm/rpmdb.sqlite";
/// SUSE's form, and how it begins.
const NDB: (&str, &[u8]) = ("/usr/lib/sysimage/rpm/Packages.db", b"RpmP");

fn packages(data: &[u8]) -> Option<Vec<String>> {
    let path = if data.starts_with(NDB.1) { NDB.0 } else { PATH };
    let window = Window::holding(path, data);
    let settings = Settings::default();
    let cx = Cx::new(&window, &settings);
    let db = cx.get::<RpmDb>().ok()?;
    Some(
        db.packages
            .iter()
            .map(|p| format!("{} {} {:?}", p.name, p.evr(), p.source()))
            .collect(),
    )
}

/// Tries one input: the database.
pub fn run(data: &[u8]) {
    let Some(whole) = packages(data) else {
        return;
    };
    // A database without its second half is not read, or nothing of the half was needed.
    let half = packages(&data[..data.len() / 2]);
    assert!(
        half.is_none_or(|half| half == whole),
        "half a database reads as less"
    );
}

/// Databases that SQLite wrote, with heads as rpm has them, and one that rpm wrote in SUSE's form.
pub fn seeds(seeds: &mut Seeds) {
    seeds.add(crate::repository::bytes("checks/tests/vectors/rpm-ndb.db"));
    for (page_size, count) in [(512, 1), (4096, 3), (1024, 40)] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("rpmdb.sqlite");
        let mut script = format!(
            "pragma page_size={page_size};create table Packages(hnum INTEGER PRIMARY KEY, blob BLOB);"
        );
        for n in 0..count {
            let hex: String = head(n).iter().map(|b| format!("{b:02x}")).collect();
            script.push_str(&format!("insert into Packages(blob) values(x'{hex}');"));
        }
        crate::seeds::printed(&["sqlite3", &path.to_string_lossy(), &script]);
        seeds.add(std::fs::read(path).expect("sqlite3 wrote it"));
    }
}

fn head(n: u32) -> Vec<u8> {
    let texts = [
        (1000_u32, format!("name{n}")),
        (1001, "1.0".into()),
        (1002, "2.el9".into()),
        (1022, "x86_64".into()),
        (1044, "name-1.0-2.el9.src.rpm".into()),
    ];
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (tag, text) in &texts {
        let offset = u32::try_from(data.len()).unwrap_or_default();
        for number in [*tag, 6, offset, 1] {
            index.extend_from_slice(&number.to_be_bytes());
        }
        data.extend_from_slice(text.as_bytes());
        data.push(0);
    }
    let counts =
        [texts.len(), data.len()].map(|n| u32::try_from(n).unwrap_or_default().to_be_bytes());
    [&counts.concat(), &index, &data]
        .map(Vec::as_slice)
        .concat()
}
