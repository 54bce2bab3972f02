"""Create or update the automations of `prefect-automations.yaml`.

Prefect's own `automation create` creates another one each time, and needs the ids of deployments,
which differ from server to server.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

from flows.bundled import bundled
from flows.operations.prefect_api import PrefectUnreachable, api_url, client_of

FILE = bundled("prefect-automations.yaml")
_DEPLOYMENT = re.compile(r"\$\{([^}]+)\}")


def apply(url: str, file: Path = FILE) -> list[str]:
    """Create or update every automation of a file, identified by its name.

    Returns:
        The names.

    Raises:
        PrefectUnreachable: No server answers at the URL, or a deployment is missing.
    """
    from prefect.events.schemas.automations import AutomationCore
    from prefect.exceptions import ObjectNotFound

    with client_of(url) as client:

        def id_of(match: re.Match[str]) -> str:
            try:
                return str(client.read_deployment_by_name(match[1]).id)
            except ObjectNotFound as error:
                raise PrefectUnreachable(
                    f"deployment {match[1]} does not exist: prefect --no-prompt deploy --all"
                ) from error

        text = _DEPLOYMENT.sub(id_of, _without_comments(file.read_text(encoding="utf-8")))
        definitions: list[dict[str, Any]] = yaml.safe_load(text)
        for definition in definitions:
            automation = AutomationCore.model_validate(definition)
            existing = client.read_automations_by_name(automation.name)
            if existing:
                client.update_automation(existing[0].id, automation)
            else:
                client.create_automation(automation)
    return [definition["name"] for definition in definitions]


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def main() -> None:
    """Apply the file to the server of `PREFECT_API_URL`."""
    try:
        for name in apply(api_url()):
            print(f"automation {name}")
    except PrefectUnreachable as error:
        sys.exit(f"rankcheck: {error}")


if __name__ == "__main__":
    main()
