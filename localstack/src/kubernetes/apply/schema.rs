//! Which lists have keys, which are sets, and which lists and maps are one value: the part of the
//! API's schema that server-side apply and strategic merge patches need.

/// How a list is put together from two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// It is one value.
    Atomic,
    /// Every element stands for itself.
    Set,
    /// Elements with equal keys are the same element.
    Keyed(&'static [&'static str]),
}

const NAME: &[&str] = &["name"];

/// Field, the field it stands in (`*`: any; empty: the object itself), keys (in alphabetical order).
const KEYED: &[(&str, &str, &[&str])] = &[
    ("containers", "spec", NAME),
    ("initContainers", "spec", NAME),
    ("ephemeralContainers", "spec", NAME),
    ("env", "containers", NAME),
    ("env", "initContainers", NAME),
    ("volumeMounts", "*", &["mountPath"]),
    ("volumeDevices", "*", &["devicePath"]),
    ("ports", "containers", &["containerPort", "protocol"]),
    ("ports", "initContainers", &["containerPort", "protocol"]),
    ("ports", "spec", &["port", "protocol"]),
    ("volumes", "spec", NAME),
    ("imagePullSecrets", "spec", NAME),
    ("hostAliases", "spec", &["ip"]),
    ("topologySpreadConstraints", "spec", &["topologyKey", "whenUnsatisfiable"]),
    ("resourceClaims", "spec", NAME),
    ("schedulingGates", "spec", NAME),
    ("conditions", "status", &["type"]),
    ("addresses", "status", &["type"]),
    ("ownerReferences", "metadata", &["uid"]),
    ("secrets", "", NAME),
];

const SETS: &[(&str, &str)] = &[("finalizers", "metadata"), ("podCIDRs", "spec")];

/// Maps that have one owner as a whole.
const ATOMIC_MAPS: &[&str] = &[
    "selector",
    "labelSelector",
    "podSelector",
    "namespaceSelector",
    "nodeSelector",
    "secretKeyRef",
    "configMapKeyRef",
    "fieldRef",
    "resourceFieldRef",
    "scaleTargetRef",
    "roleRef",
    "dataSource",
    "dataSourceRef",
    "claimRef",
    "targetRef",
    "involvedObject",
    "ingressClassRef",
];

/// How the list at a path (field names only) is put together.
pub fn list(path: &[&str]) -> List {
    let (field, parent) = ends(path);
    let fits = |place: &str| place == "*" || place == parent;
    if let Some((.., keys)) = KEYED.iter().find(|(name, at, _)| *name == field && fits(at)) {
        return List::Keyed(keys);
    }
    if SETS.iter().any(|(name, at)| *name == field && fits(at)) {
        return List::Set;
    }
    List::Atomic
}

/// Whether the map at a path has one owner.
pub fn atomic_map(path: &[&str]) -> bool {
    let (field, parent) = ends(path);
    // `data.selector` of a ConfigMap is a text; labels and annotations may be called anything.
    !matches!(parent, "labels" | "annotations" | "data") && ATOMIC_MAPS.contains(&field)
}

fn ends<'p>(path: &[&'p str]) -> (&'p str, &'p str) {
    let mut last = path.iter().rev();
    (last.next().copied().unwrap_or_default(), last.next().copied().unwrap_or_default())
}
