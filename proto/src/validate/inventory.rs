//! Bounds on package lists.

use super::rules;
use super::{Invalid, Validate};
use crate::limits::{
    MAX_CHANNELS, MAX_INVENTORY_SEQUENCE, MAX_PACKAGE_TEXT, MAX_PACKAGES_PER_DELTA,
};
use crate::v1::{
    InventoryAck, InventoryDelta, InventoryHeader, InventoryRequest, Package, PackageKey,
};

impl Validate for InventoryDelta {
    fn validate(&self) -> Result<(), Invalid> {
        rules::sha256_or_empty("inventory_delta.base_sha256", &self.base_sha256)?;
        rules::sha256("inventory_delta.sha256", &self.sha256)?;
        rules::range(
            "inventory_delta.sequence",
            self.sequence,
            0,
            MAX_INVENTORY_SEQUENCE,
        )?;
        rules::required("inventory_delta.header", self.header.as_ref())?.validate()?;
        let entries = self.upserts.len() + self.removals.len();
        rules::count(
            "inventory_delta.entries",
            entries,
            0,
            MAX_PACKAGES_PER_DELTA,
        )?;
        self.upserts.iter().try_for_each(Validate::validate)?;
        self.removals.iter().try_for_each(Validate::validate)
    }
}

impl Validate for InventoryHeader {
    fn validate(&self) -> Result<(), Invalid> {
        rules::id("inventory_header.scheme", &self.scheme)?;
        for (field, value) in [
            ("inventory_header.os", &self.os),
            ("inventory_header.os_version", &self.os_version),
            ("inventory_header.kernel", &self.kernel),
            ("inventory_header.kernel_build", &self.kernel_build),
        ] {
            text(field, value)?;
        }
        let field = "inventory_header.channels";
        rules::count(field, self.channels.len(), 0, MAX_CHANNELS)?;
        self.channels.iter().try_for_each(|c| text(field, c))
    }
}

impl Validate for Package {
    fn validate(&self) -> Result<(), Invalid> {
        rules::plain_text("package.name", &self.name, 1, MAX_PACKAGE_TEXT)?;
        for (field, value) in [
            ("package.version", &self.version),
            ("package.arch", &self.arch),
            ("package.source", &self.source),
            ("package.source_version", &self.source_version),
            ("package.vendor", &self.vendor),
            ("package.module", &self.module),
        ] {
            text(field, value)?;
        }
        Ok(())
    }
}

impl Validate for PackageKey {
    fn validate(&self) -> Result<(), Invalid> {
        rules::plain_text("package_key.name", &self.name, 1, MAX_PACKAGE_TEXT)?;
        text("package_key.arch", &self.arch)?;
        text("package_key.version", &self.version)
    }
}

impl Validate for InventoryAck {
    fn validate(&self) -> Result<(), Invalid> {
        rules::sha256("inventory_ack.sha256", &self.sha256)
    }
}

impl Validate for InventoryRequest {
    fn validate(&self) -> Result<(), Invalid> {
        rules::sha256("inventory_request.sha256", &self.sha256)
    }
}

fn text(field: &'static str, value: &str) -> Result<(), Invalid> {
    rules::plain_text(field, value, 0, MAX_PACKAGE_TEXT)
}
