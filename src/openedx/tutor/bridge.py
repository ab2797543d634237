"""Renders one platform with Tutor.

Reads a JSON request on stdin: `root`, `plugins` (names), `settings` (a map), `derived` (a pattern
for values that a plugin wants to be random). Writes a JSON answer on stdout. TUTOR_ROOT and
TUTOR_PLUGINS_ROOT stand in the environment. Tutor's own words go to stderr.
"""

import json
import os
import sys


def refuse(kind, **more):
    json.dump(dict(more, refused=kind), answer)
    answer.flush()
    sys.exit(3)


def enable(wanted):
    """Everything that was installed for this platform, and what it names in its folder."""
    import importlib_metadata

    packaged = {entry.name for entry in importlib_metadata.entry_points(group="tutor.plugin.v1")}
    installed = set(plugins.iter_installed())
    unknown = sorted(set(wanted) - installed)
    if unknown:
        refuse("plugin", unknown=unknown, known=sorted(installed - {"edxaws"}))
    names = sorted(packaged | set(wanted))
    for name in names:
        try:
            plugins.load(name)
        except Exception as error:  # a plugin may fail with anything
            refuse("broken", plugin=name, message=f"{type(error).__name__}: {error}")
    hooks.Actions.PLUGINS_LOADED.do()
    return names


# What a plugin names on a server that the stack's platforms share, and how long the name may be.
ON_THE_SERVER = {"_MYSQL_DATABASE": 64, "_MYSQL_USERNAME": 32, "_MONGODB_DATABASE": 63}


def own_names(settings):
    """A plugin's database and user bear the platform's name, unless the settings name others."""
    suffix = "_" + settings["K8S_NAMESPACE"].replace("-", "_")
    for name, value in hooks.Filters.CONFIG_DEFAULTS.iterate():
        for ending, most in ON_THE_SERVER.items():
            if name.endswith(ending):
                yield name, str(value)[: most - len(suffix)] + suffix


def configure(settings, names, derived):
    """A value that a plugin would make up at random must be the same in every rendering."""
    settings = dict(settings, PLUGINS=names)
    for name, value in own_names(settings):
        settings.setdefault(name, value)
    for name, _ in hooks.Filters.CONFIG_UNIQUE.iterate():
        settings.setdefault(name, derived.replace("NAME", name.lower()))
    tutor_config.save_config_file(root, settings)
    return tutor_config.load_full(root)


def initialisation(settings):
    for service, script in hooks.Filters.CLI_DO_INIT_TASKS.iterate_from_context(None):
        if script.startswith(MOUNTS):
            continue
        yield {"service": service, "script": tutor_env.render_str(settings, script).strip()}


def public_hosts(settings):
    hosts = []
    for text in hooks.Filters.APP_PUBLIC_HOSTS.iterate("local"):
        host = tutor_env.render_str(settings, text)
        if host not in hosts:
            hosts.append(host)
    return hosts


request = json.load(sys.stdin)
root = request["root"]
answer, sys.stdout = sys.stdout, sys.stderr

from tutor import __about__, exceptions, hooks, plugins  # noqa: E402
from tutor import config as tutor_config  # noqa: E402
from tutor import env as tutor_env  # noqa: E402
from tutor.commands import cli  # noqa: E402,F401  (registers the initialisation tasks)

# Bind mounts exist on a developer's machine only.
MOUNTS = tutor_env.read_core_template_file("jobs", "init", "mounted-directories.sh")

try:
    hooks.Actions.CORE_READY.do()
    names = enable(request["plugins"])
    settings = configure(request["settings"], names, request["derived"])
    tutor_env.save(root, settings)
    result = {
        "tutor": __about__.__version__,
        "plugins": names,
        "tasks": list(initialisation(settings)),
        "hosts": public_hosts(settings),
    }
except exceptions.TutorError as error:
    refuse("tutor", message=str(error))
json.dump(result, answer)
