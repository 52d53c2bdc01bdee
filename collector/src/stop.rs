//! One signal by which everything stops.

use tokio::sync::watch;

/// Waits until `stop` turns true, or whoever would say so is gone.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}
