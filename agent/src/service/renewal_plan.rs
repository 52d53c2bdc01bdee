//! When the certificate is renewed, and by what. Dates of certificates are the collector's, so they
//! are compared with its clock and not with the host's: with the time that it told, and the ticks of
//! [`crate::clock::Clock`] since.

/// What a new certificate is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// The certificate that holds.
    Certificate,
    /// The key, since the certificate may have run out.
    KeyAlone,
}

/// A renewal that failed is tried again after this.
const AGAIN_MS: i64 = 10 * 60 * 1_000;
/// After so many sessions that ended before they began, the certificate may be the reason.
const TURNED_AWAY: u32 = 3;

/// Knows when to renew.
#[derive(Debug)]
pub(super) struct RenewalPlan {
    /// By the collector's clock.
    due_ms: i64,
    /// By how much our ticks are ahead of the collector's clock, once that was heard.
    ahead_ms: Option<i64>,
    /// No attempt before this, in ticks.
    not_before_ms: i64,
    turned_away: u32,
}

impl RenewalPlan {
    /// A certificate is to be renewed at `due_ms` by the collector's clock.
    pub(super) const fn new(due_ms: i64) -> Self {
        Self {
            due_ms,
            ahead_ms: None,
            not_before_ms: 0,
            turned_away: 0,
        }
    }

    /// What to do now, which counts as an attempt.
    pub(super) fn due(&mut self, now_ms: i64) -> Option<How> {
        if now_ms < self.not_before_ms {
            return None;
        }
        let how = if self.turned_away >= TURNED_AWAY {
            How::KeyAlone
        } else if self
            .ahead_ms
            .is_some_and(|ahead| now_ms.saturating_sub(ahead) >= self.due_ms)
        {
            How::Certificate
        } else {
            return None;
        };
        self.not_before_ms = now_ms.saturating_add(AGAIN_MS);
        Some(how)
    }

    /// When something may be due, in ticks.
    pub(super) fn next_ms(&self) -> Option<i64> {
        let due = self.due_ms.saturating_add(self.ahead_ms?);
        Some(due.max(self.not_before_ms))
    }

    /// A new certificate was granted.
    pub(super) const fn renewed(&mut self, due_ms: i64) {
        self.due_ms = due_ms;
        self.turned_away = 0;
    }

    /// The collector asks for a renewal `after_ms` from now, by our ticks, unless one is due sooner.
    pub(super) fn asked(&mut self, now_ms: i64, after_ms: i64) {
        let theirs = now_ms.saturating_sub(self.ahead_ms.unwrap_or(0));
        self.due_ms = self.due_ms.min(theirs.saturating_add(after_ms));
    }

    /// By how much our ticks are ahead.
    pub(super) const fn ticks_are_ahead(&mut self, ahead_ms: i64) {
        self.ahead_ms = Some(ahead_ms);
    }

    /// A session began.
    pub(super) const fn let_in(&mut self) {
        self.turned_away = 0;
    }

    /// A session ended before it began, though the collector was there.
    pub(super) const fn turned_away(&mut self) {
        self.turned_away = self.turned_away.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR_MS: i64 = 365 * 86_400_000;
    const NOW: i64 = 1_795_305_600_000;

    #[test]
    fn the_collectors_clock_decides() {
        let mut plan = RenewalPlan::new(NOW + 1_000);
        assert_eq!(plan.due(NOW + 10 * YEAR_MS), None, "no clock was heard yet");
        plan.ticks_are_ahead(10 * YEAR_MS);
        assert_eq!(plan.due(NOW + 10 * YEAR_MS), None);
        assert_eq!(plan.next_ms(), Some(NOW + 1_000 + 10 * YEAR_MS));
        assert_eq!(plan.due(NOW + 10 * YEAR_MS + 1_000), Some(How::Certificate));
        assert_eq!(
            plan.due(NOW + 10 * YEAR_MS + 2_000),
            None,
            "one attempt at a time"
        );
        plan.renewed(NOW + YEAR_MS);
        assert_eq!(plan.due(NOW + 10 * YEAR_MS + AGAIN_MS + 9_000), None);
    }

    #[test]
    fn a_renewal_that_is_asked_for_comes_sooner_and_never_later() {
        let mut plan = RenewalPlan::new(NOW + YEAR_MS);
        plan.ticks_are_ahead(5_000);
        plan.asked(NOW + 5_000, 1_000);
        assert_eq!(plan.due(NOW + 5_000), None);
        assert_eq!(plan.due(NOW + 6_000), Some(How::Certificate));
        plan.renewed(NOW + 500);
        plan.asked(NOW, YEAR_MS);
        assert_eq!(plan.due_ms, NOW + 500);
    }

    #[test]
    fn whoever_is_turned_away_comes_back_by_the_key() {
        let mut plan = RenewalPlan::new(NOW + YEAR_MS);
        for _ in 0..TURNED_AWAY {
            assert_eq!(plan.due(NOW), None);
            plan.turned_away();
        }
        assert_eq!(plan.due(NOW), Some(How::KeyAlone));
        assert_eq!(plan.due(NOW + 1), None);
        assert_eq!(plan.due(NOW + AGAIN_MS), Some(How::KeyAlone));
        plan.let_in();
        assert_eq!(plan.due(NOW + 3 * AGAIN_MS), None);
    }
}
