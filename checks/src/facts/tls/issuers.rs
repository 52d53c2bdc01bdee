//! Vietnamese certification authorities, recognised by their names.
//!
//! A name is what a certificate says of itself: anybody can write one. It helps a reader to see
//! which authority is meant, and never counts as trust.

use serde::Serialize;

/// What an issuer's name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// The national root (Trung tâm Chứng thực điện tử quốc gia, NEAC).
    NationalRoot,
    /// The Government's specialised authority (Ban Cơ yếu Chính phủ) and those below it.
    Government,
    /// A public authority licensed in Việt Nam.
    Public,
}

impl Known {
    /// The word in facts and message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NationalRoot => "national_root",
            Self::Government => "government",
            Self::Public => "public",
        }
    }
}

const NATIONAL: &[&str] = &[
    "mic national root",
    "vietnam national root",
    "viet nam national root",
    "national electronic authentication",
    "trung tam chung thuc dien tu quoc gia",
];
const GOVERNMENT: &[&str] = &[
    "chuyen dung chinh phu",
    "chung thuc so chinh phu",
    "ban co yeu chinh phu",
    "cuc chung thuc so va bao mat thong tin",
    "phuc vu cac co quan nha nuoc",
    "phuc vu cac co quan dang",
    "vietnam government ca",
    "viet nam government ca",
    "co quan chung thuc so bo",
    "chuyen dung cong vu",
];
/// Whole words of names; hyphens and blanks between letters are taken away first.
const PUBLIC: &[&str] = &[
    "vnptca",
    "viettelca",
    "fptca",
    "bkavca",
    "ca2",
    "newtelca",
    "newca",
    "nacencomm",
    "vinaca",
    "smartsign",
    "safeca",
    "trustca",
    "efyca",
    "misaca",
    "cmcca",
    "mobifoneca",
    "easyca",
    "fastca",
    "lcsca",
    "hiloca",
    "intrustca",
    "winca",
    "ica",
];

/// Recognises an issuer by its distinguished name as text.
pub fn recognise(issuer: &str) -> Option<Known> {
    let plain: String = issuer
        .chars()
        .flat_map(char::to_lowercase)
        .map(fold)
        .collect();
    let says = |list: &[&str]| list.iter().any(|part| plain.contains(part));
    if says(NATIONAL) {
        return Some(Known::NationalRoot);
    }
    if says(GOVERNMENT) {
        return Some(Known::Government);
    }
    // "CN=VNPT-CA SHA256, O=…": each attribute by itself, its words joined as far as "ca".
    let values = plain.split(", ").filter_map(|part| part.split_once('='));
    values
        .filter(|(kind, _)| matches!(*kind, "cn" | "o"))
        .any(|(_, value)| licensed(value))
        .then_some(Known::Public)
}

fn licensed(value: &str) -> bool {
    let spelled = value.replace("certification authority", "ca");
    let words: Vec<&str> = spelled
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let pairs = words.windows(2).map(|pair| pair.concat());
    let singles = words.iter().map(|w| (*w).to_owned());
    // "i-ca" is too short to be told from the end of another word without its hyphen.
    singles
        .chain(pairs)
        .any(|word| PUBLIC.contains(&word.as_str()) && (word != "ica" || value.contains("i-ca")))
}

/// A Vietnamese letter without its marks.
const fn fold(c: char) -> char {
    match c {
        'à'..='å' | 'ă' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ắ' | 'ằ' | 'ẳ' | 'ẵ' | 'ặ' => {
            'a'
        }
        'è'..='ë' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' => 'e',
        'ì'..='ï' | 'ỉ' | 'ị' | 'ĩ' => 'i',
        'ò'..='ö' | 'ơ' | 'ọ' | 'ỏ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ớ' | 'ờ' | 'ở' | 'ỡ' | 'ợ' => {
            'o'
        }
        'ù'..='ü' | 'ư' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự' | 'ũ' => 'u',
        'ỳ' | 'ý' | 'ỵ' | 'ỷ' | 'ỹ' => 'y',
        'đ' => 'd',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_recognised_by_name() {
        for (issuer, want) in [
            (
                "C=VN, O=Ministry of Information and Communications, CN=MIC National Root CA",
                Some(Known::NationalRoot),
            ),
            (
                "C=VN, CN=Vietnam National Root Certification Authority - G3",
                Some(Known::NationalRoot),
            ),
            (
                "C=VN, O=Ban Cơ yếu Chính phủ, CN=Cơ quan chứng thực số chuyên dùng Chính phủ (RootCA)",
                Some(Known::Government),
            ),
            (
                "C=VN, O=Ban Co yeu Chinh phu, CN=CA phuc vu cac co quan Nha nuoc G2",
                Some(Known::Government),
            ),
            ("C=VN, CN=VNPT-CA SHA256", Some(Known::Public)),
            (
                "C=VN, O=VNPT Group, CN=VNPT Certification Authority",
                Some(Known::Public),
            ),
            ("C=VN, CN=Viettel-CA", Some(Known::Public)),
            ("C=VN, O=BkavCA, CN=BkavCA SHA256", Some(Known::Public)),
            ("CN=CA2", Some(Known::Public)),
            ("CN=I-CA SHA-256", Some(Known::Public)),
            ("CN=America CA", None),
            ("C=US, O=Let's Encrypt, CN=R11", None),
            ("CN=Sectigo Public Server Authentication CA DV R36", None),
            ("", None),
        ] {
            assert_eq!(recognise(issuer), want, "{issuer}");
        }
    }
}
