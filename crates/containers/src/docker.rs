//! Docker, and podman, whose answers have the same shape where both are asked.

use std::collections::BTreeMap;
use std::path::Path;

use peregrine_state::{Container, Mount, Probe, SeenContainer};
use serde::{Deserialize, Deserializer};

use crate::error::EngineError;
use crate::http::Http;
use crate::image::ImageName;
use crate::probes::{Probes, healthcheck};

/// `container.type` of docker and podman.
const DOCKER: i64 = 0;
const PODMAN: i64 = 11;

/// What is read of the inspection of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Inspected {
    id: String,
    name: String,
    /// Docker: the image's digest; podman: its id.
    image: String,
    /// Podman alone.
    image_name: String,
    /// Podman alone.
    image_digest: String,
    #[serde(deserialize_with = "null_is_none")]
    config: Config,
    #[serde(deserialize_with = "null_is_none")]
    host_config: HostConfig,
    #[serde(deserialize_with = "null_is_none")]
    network_settings: Network,
    #[serde(deserialize_with = "null_is_none")]
    mounts: Vec<Mount>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Config {
    image: String,
    labels: Option<BTreeMap<String, String>>,
    healthcheck: Option<Healthcheck>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Healthcheck {
    #[serde(deserialize_with = "null_is_none")]
    test: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct HostConfig {
    network_mode: String,
    pid_mode: String,
    ipc_mode: String,
    privileged: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network {
    #[serde(rename = "IPAddress")]
    address: String,
    #[serde(rename = "Networks")]
    networks: Option<BTreeMap<String, Option<Endpoint>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Endpoint {
    #[serde(rename = "IPAddress")]
    address: String,
}

/// What is read of the inspection of an image.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Image {
    #[serde(deserialize_with = "null_is_none")]
    repo_tags: Vec<String>,
    #[serde(deserialize_with = "null_is_none")]
    repo_digests: Vec<String>,
}

fn null_is_none<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Asks docker.
pub(crate) async fn docker(
    socket: &Path,
    limit: usize,
    seen: &SeenContainer,
) -> Result<Option<Container>, EngineError> {
    let mut http = Http::connect(socket, limit).await?;
    let path = format!("/containers/{}/json", seen.full_id);
    let Some(inspected) = http.get::<Inspected>(&path).await? else { return Ok(None) };
    check_id(&inspected, seen)?;
    let image = match inspected.image.strip_prefix("sha256:") {
        Some(digest) if digest.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            // A container may outlive the name of its image.
            let found = http.get::<Image>(&format!("/images/{}/json", inspected.image)).await;
            found.ok().flatten().unwrap_or_default()
        }
        _ => Image::default(),
    };
    let mut address = inspected.network_settings.address();
    if address.is_empty()
        && let Some(other) = inspected.host_config.network_mode.strip_prefix("container:")
        && other.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && let Ok(Some(other)) = http.get::<Inspected>(&format!("/containers/{other}/json")).await
    {
        address = other.network_settings.address();
    }
    let image_id = inspected.image.strip_prefix("sha256:").unwrap_or(&inspected.image).to_owned();
    let asked = inspected.config.image.clone();
    let (repository, tag, digest) = image_parts(&asked, &image);
    Ok(Some(Container {
        kind: DOCKER,
        image: asked,
        image_id,
        image_repository: repository,
        image_tag: tag,
        image_digest: digest,
        ip: address,
        ..described(inspected)
    }))
}

/// Asks podman.
pub(crate) async fn podman(
    socket: &Path,
    limit: usize,
    seen: &SeenContainer,
) -> Result<Option<Container>, EngineError> {
    let mut http = Http::connect(socket, limit).await?;
    let path = format!("/v4.0.0/libpod/containers/{}/json", seen.full_id);
    let Some(inspected) = http.get::<Inspected>(&path).await? else { return Ok(None) };
    check_id(&inspected, seen)?;
    let image = inspected.image_name.clone();
    let name = ImageName::parse(&image);
    Ok(Some(Container {
        kind: PODMAN,
        image_id: inspected.image.clone(),
        image_repository: name.repository.to_owned(),
        image_tag: name.tag.to_owned(),
        image_digest: inspected.image_digest.clone(),
        ip: inspected.network_settings.address(),
        image,
        ..described(inspected)
    }))
}

fn check_id(inspected: &Inspected, seen: &SeenContainer) -> Result<(), EngineError> {
    if inspected.id == seen.full_id { Ok(()) } else { Err(EngineError::OtherContainer) }
}

impl Network {
    /// The address: where the container is in several networks that of the first by name.
    fn address(&self) -> String {
        if !self.address.is_empty() {
            return self.address.clone();
        }
        let all = self.networks.iter().flat_map(BTreeMap::values).flatten();
        let mut found = all.map(|one| &one.address).filter(|address| !address.is_empty());
        found.next().cloned().unwrap_or_default()
    }
}

/// What both say alike.
fn described(inspected: Inspected) -> Container {
    let Inspected { name, config, host_config, mounts, .. } = inspected;
    let labels = config.labels.unwrap_or_default();
    let Probes { liveness, readiness } = Probes::of_labels(&labels);
    let test = config.healthcheck.map(|check| check.test).unwrap_or_default();
    let healthcheck: Option<Probe> =
        healthcheck(&test).filter(|_| liveness.is_none() && readiness.is_none());
    Container {
        name: name.strip_prefix('/').unwrap_or(&name).to_owned(),
        privileged: host_config.privileged,
        host_pid: host_config.pid_mode == "host",
        host_network: host_config.network_mode == "host",
        host_ipc: host_config.ipc_mode == "host",
        mounts,
        labels: Some(labels),
        healthcheck,
        liveness_probe: liveness,
        readiness_probe: readiness,
        ..Container::default()
    }
}

/// Repository, tag and digest of an image: of its names the one it was asked for by, else the first.
fn image_parts(asked: &str, image: &Image) -> (String, String, String) {
    let asked = ImageName::parse(asked);
    let same = |name: &ImageName<'_>| {
        let short = name.repository.strip_prefix("docker.io/").unwrap_or(name.repository);
        let short = short.strip_prefix("library/").unwrap_or(short);
        !asked.repository.is_empty() && [name.repository, short].contains(&asked.repository)
    };
    let tags: Vec<_> = image.repo_tags.iter().map(|name| ImageName::parse(name)).collect();
    let digests: Vec<_> = image.repo_digests.iter().map(|name| ImageName::parse(name)).collect();
    let digest = digests.iter().find(|name| same(name)).or_else(|| digests.first());
    let by_tag = |name: &&ImageName<'_>| same(name) && name.tag == asked.tag;
    let tag = tags.iter().find(by_tag).or_else(|| tags.iter().find(|name| same(name)));
    let tag = tag.or_else(|| {
        let of_digest = |name: &&ImageName<'_>| {
            digest.is_none_or(|digest| digest.repository == name.repository)
        };
        tags.iter().find(of_digest)
    });
    let repository = digest.or(tag).map_or(asked.repository, |name| name.repository);
    // An image that lost its names is known by the name it was asked for by.
    let tag = tag.map_or(asked.tag, |name| name.tag);
    let digest = digest.map_or(asked.digest, |name| name.digest);
    [repository, tag, digest].map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_the_name_it_was_asked_for_by() {
        let check = |asked: &str, tags: &[&str], digests: &[&str], expected: [&str; 3]| {
            let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
            let image = Image { repo_tags: texts(tags), repo_digests: texts(digests) };
            let (repository, tag, digest) = image_parts(asked, &image);
            assert_eq!([&*repository, &tag, &digest], expected, "{asked} {tags:?} {digests:?}");
        };
        check("nginx", &["nginx:latest"], &["nginx@sha256:a"], ["nginx", "latest", "sha256:a"]);
        let two = ["nginx:1", "nginx:2", "mine:5000/nginx:3"];
        check("nginx:2", &two, &["nginx@sha256:a"], ["nginx", "2", "sha256:a"]);
        check("mine:5000/nginx:3", &two, &[], ["mine:5000/nginx", "3", ""]);
        // Asked for by its id: the first of its names.
        check("sha256:ff", &two, &["nginx@sha256:a"], ["nginx", "1", "sha256:a"]);
        check("built:now", &["built:now"], &[], ["built", "now", ""]);
        // Its names were taken away.
        check("gone:1", &[], &[], ["gone", "1", ""]);
        check(
            "busybox",
            &["docker.io/library/busybox:x"],
            &[],
            ["docker.io/library/busybox", "x", ""],
        );
        check("", &[], &[], ["", "", ""]);
    }
}
