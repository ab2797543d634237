//! How much room each service asks for, and how many of it there are.

use serde_json::{Value, json};

use crate::profile::{OpenedxSettings, PlatformOpenedxSettings, ServiceSettings, ServiceSize};

/// What one service gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub cpu: String,
    pub cpu_limit: String,
    pub memory: String,
    pub memory_limit: String,
    pub min: u32,
    pub max: u32,
    pub storage_gib: Option<u32>,
}

impl Room {
    pub fn scales(&self) -> bool {
        self.max > self.min
    }

    /// As a container says it.
    pub fn resources(&self) -> Value {
        json!({
            "requests": {"cpu": self.cpu, "memory": self.memory},
            "limits": {"cpu": self.cpu_limit, "memory": self.memory_limit},
        })
    }
}

/// Thousandths of a core and MiB: asked for, and at most.
struct Amount(u32, u32, u32, u32);

struct Preset {
    service: &'static str,
    small: (Amount, u32, u32),
    large: (Amount, u32, u32),
}

const fn preset(
    service: &'static str,
    small: (Amount, u32, u32),
    large: (Amount, u32, u32),
) -> Preset {
    Preset { service, small, large }
}

/// Two processes of Django at 500 to 700 MiB each; Celery keeps one Django a process, too. Stores are
/// one of each: their volumes belong to one pod.
const PRESETS: &[Preset] = &[
    preset("lms", (Amount(250, 1000, 1536, 2560), 1, 1), (Amount(500, 2000, 2048, 3072), 3, 12)),
    preset("cms", (Amount(200, 1000, 1536, 2560), 1, 1), (Amount(500, 2000, 2048, 3072), 2, 6)),
    preset(
        "lms-worker",
        (Amount(150, 1000, 1024, 2048), 1, 1),
        (Amount(500, 2000, 2048, 4096), 2, 10),
    ),
    preset(
        "cms-worker",
        (Amount(150, 1000, 1024, 2048), 1, 1),
        (Amount(250, 2000, 2048, 4096), 1, 6),
    ),
    preset("mfe", (Amount(25, 200, 64, 128), 1, 1), (Amount(50, 500, 96, 256), 2, 4)),
    preset("caddy", (Amount(25, 200, 64, 128), 1, 1), (Amount(100, 1000, 128, 256), 2, 6)),
    preset(
        "meilisearch",
        (Amount(50, 1000, 256, 1024), 1, 1),
        (Amount(250, 2000, 1024, 2048), 1, 1),
    ),
    preset("mongodb", (Amount(100, 1000, 512, 1024), 1, 1), (Amount(500, 2000, 2048, 4096), 1, 1)),
    preset("redis", (Amount(50, 500, 128, 512), 1, 1), (Amount(100, 1000, 512, 1024), 1, 1)),
    preset("smtp", (Amount(10, 100, 32, 128), 1, 1), (Amount(25, 200, 64, 128), 1, 1)),
    preset("web", (Amount(25, 200, 64, 128), 1, 1), (Amount(100, 1000, 128, 256), 2, 6)),
    preset(
        "cluster-autoscaler",
        (Amount(50, 500, 256, 512), 1, 1),
        (Amount(100, 1000, 512, 1024), 1, 1),
    ),
    preset("job", (Amount(250, 2000, 1024, 2560), 1, 1), (Amount(500, 2000, 1536, 3072), 1, 1)),
];

/// What a plugin brings, of which nothing is known.
const OTHER: Preset =
    preset("", (Amount(50, 1000, 256, 1024), 1, 1), (Amount(100, 1000, 512, 1536), 1, 1));

/// The services that edxaws knows, whoever renders them and whether this stack has them.
pub fn services() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.service)
}

/// What the profile says about a service, the platform's own word first.
pub fn room(
    shared: &OpenedxSettings,
    own: Option<&PlatformOpenedxSettings>,
    service: &str,
) -> Room {
    let size = own.and_then(|own| own.size).unwrap_or(shared.size);
    let preset = PRESETS.iter().find(|preset| preset.service == service).unwrap_or(&OTHER);
    let (Amount(cpu, cpu_limit, memory, memory_limit), min, max) = match size {
        ServiceSize::Small => &preset.small,
        ServiceSize::Large => &preset.large,
    };
    let mut room = Room {
        cpu: format!("{cpu}m"),
        cpu_limit: format!("{cpu_limit}m"),
        memory: format!("{memory}Mi"),
        memory_limit: format!("{memory_limit}Mi"),
        min: *min,
        max: *max,
        storage_gib: None,
    };
    let own = own.and_then(|own| own.services.get(service));
    for said in shared.services.get(service).into_iter().chain(own) {
        room.take(said);
    }
    room
}

impl Room {
    fn take(&mut self, said: &ServiceSettings) {
        let set = |field: &mut String, wanted: &Option<String>| {
            if let Some(wanted) = wanted {
                field.clone_from(wanted);
            }
        };
        set(&mut self.cpu, &said.cpu);
        set(&mut self.cpu_limit, &said.cpu_limit);
        set(&mut self.memory, &said.memory);
        set(&mut self.memory_limit, &said.memory_limit);
        // Who asks for more than the preset's most means it; Kubernetes refuses less.
        for (asked, most) in
            [(&self.cpu, &mut self.cpu_limit), (&self.memory, &mut self.memory_limit)]
        {
            if thousandths(asked) > thousandths(most) {
                most.clone_from(asked);
            }
        }
        self.min = said.min.unwrap_or(self.min);
        // One who asks for more of them than the preset's most means it.
        self.max = said.max.unwrap_or(self.max).max(self.min);
        self.storage_gib = said.storage_gib.or(self.storage_gib);
    }
}

/// `250m`, `1.5`, `512Mi` and `2Gi` as numbers that compare within their kind.
fn thousandths(quantity: &str) -> u64 {
    let end = quantity.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(quantity.len());
    let (number, unit) = quantity.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let scale = match unit {
        "m" | "Mi" => 1,
        "Gi" => 1024,
        _ => 1000,
    };
    let tenths: String = part.chars().chain("000".chars()).take(3).collect();
    let parse = |text: &str| text.parse::<u64>().unwrap_or_default();
    parse(whole) * scale + parse(&tenths) * scale / 1000
}
