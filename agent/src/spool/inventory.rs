//! The package list: what the last run saw, and what the collector holds.

use capdo_checks::facts::inventory::Inventory;
use rusqlite::{OptionalExtension as _, params};

use super::{Spool, SpoolError};

impl Spool {
    /// Keeps the package list of a run.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn put_inventory(&self, inventory: &Inventory) -> Result<(), SpoolError> {
        self.write_inventory("seen", inventory)
    }

    /// The collector holds this list.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ack_inventory(&self, inventory: &Inventory) -> Result<(), SpoolError> {
        self.write_inventory("acked", inventory)
    }

    /// The collector does not hold what it was thought to hold: the whole list is sent next.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn doubt_inventory(&self) -> Result<(), SpoolError> {
        let sql = "DELETE FROM inventory WHERE place = 'acked'";
        self.wrap(self.db.execute(sql, [])).map(drop)
    }

    /// Whether the collector lacks what the last run saw.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn has_new_inventory(&self) -> Result<bool, SpoolError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM inventory AS a WHERE a.place = 'acked' \
                   AND a.sha = s.sha) FROM inventory AS s WHERE s.place = 'seen'";
        let new = self.db.query_row(sql, [], |r| r.get(0)).optional();
        Ok(self.wrap(new)?.unwrap_or(false))
    }

    /// What the last run saw, and what the collector holds, where there is any.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn inventories(&self) -> Result<(Option<Inventory>, Option<Inventory>), SpoolError> {
        Ok((self.read_inventory("seen")?, self.read_inventory("acked")?))
    }

    fn write_inventory(&self, place: &str, inventory: &Inventory) -> Result<(), SpoolError> {
        let json = serde_json::to_vec(inventory).unwrap_or_default();
        let sql = "INSERT INTO inventory VALUES (?1, ?2, ?3) ON CONFLICT (place) \
                   DO UPDATE SET sha = ?2, json = ?3 WHERE sha <> ?2";
        let values = params![place, inventory.sha256(), json];
        self.wrap(self.db.execute(sql, values)).map(drop)
    }

    /// One that a later version wrote and this one cannot read counts as none.
    fn read_inventory(&self, place: &str) -> Result<Option<Inventory>, SpoolError> {
        let sql = "SELECT json FROM inventory WHERE place = ?1";
        let json = self
            .db
            .query_row(sql, [place], |r| r.get::<_, Vec<u8>>(0))
            .optional();
        Ok(self
            .wrap(json)?
            .and_then(|j| serde_json::from_slice(&j).ok()))
    }
}
