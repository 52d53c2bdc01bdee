//! Which declared endpoints a host is told of.

use std::net::IpAddr;

use capdo_proto::{
    limits::MAX_ENDPOINTS,
    v1::{Endpoint, EndpointKind},
};

use crate::store::{Db, Scope, StoreError, endpoint, host::Host};

/// The named endpoints of which an officer said that this host answers there. Other hosts of the system
/// would only fail to find them, and an address may be translated on the way; own ones an agent finds
/// by itself.
pub(crate) async fn of(db: &mut Db, host: &Host) -> Result<Vec<Endpoint>, StoreError> {
    use endpoint::EndpointKind as Kind;
    let all = endpoint::list(db, &Scope::All, Some(&host.system_id)).await?;
    let own = all
        .into_iter()
        .filter(|e| e.host_id.as_ref() == Some(&host.id) && e.host.parse::<IpAddr>().is_err());
    let wire = |e: endpoint::Endpoint| Endpoint {
        host: e.host,
        port: e.port.into(),
        kind: match e.kind {
            Kind::Http => EndpointKind::Http,
            Kind::Https => EndpointKind::Https,
            Kind::Tls => EndpointKind::Tls,
            Kind::Ssh => EndpointKind::Ssh,
            Kind::Smtp => EndpointKind::Smtp,
            Kind::Tcp => EndpointKind::Tcp,
            Kind::MailDomain => EndpointKind::MailDomain,
            Kind::DnsZone => EndpointKind::DnsZone,
        }
        .into(),
        sni: e.sni,
    };
    Ok(own.take(MAX_ENDPOINTS).map(wire).collect())
}
