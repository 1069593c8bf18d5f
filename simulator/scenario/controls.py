"""What a learner may move and break, as a scenario says it: settings and faults by name, with their ranges."""

from pydantic import Field

from simulator.scenario.parts import Name, Part
from simulator.settings import FAULTS, SETTINGS


class ControlPart(Part):
    """A setting that the learner may move, with its range in base units. `station` is needed for others than the main one."""

    name: str
    station: Name | None = None
    label: str
    unit: str = ""
    display_unit: str = ""
    scale: float = Field(1.0, gt=0)
    minimum: float = 0
    maximum: float = 1
    step: float = 1
    logarithmic: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def mistake(self) -> str:
        """What is wrong with it, in words; empty when nothing is."""
        setting = SETTINGS.get(self.name)
        if setting is None:
            return f"there is no setting {self.name!r}; there are {', '.join(SETTINGS)}"
        if setting.choices:
            unknown = [key for key, _ in self.choices if key not in setting.choices]
            if unknown:
                return f"{self.name} cannot be {unknown[0]!r}; it can be {', '.join(setting.choices)}"
            fixed = [key for key, _ in self.choices if key in ("processor-sharing", "delay", "block")]
            if fixed:
                return f"{self.name} cannot become {fixed[0]!r} while a run goes on"
            return "" if len(self.choices) >= 2 else f"{self.name} needs at least two choices"
        if self.choices:
            return f"{self.name} takes a number, not choices"
        if not setting.switch and not setting.low <= self.minimum < self.maximum <= setting.high:
            return f"{self.name} must range inside {setting.low:g} to {setting.high:g}, minimum below maximum"
        return ""


class FaultPart(Part):
    """Something that can be done to the system by hand. `target` is a station, for faults other than the spike."""

    name: str
    label: str
    target: Name | None = None

    def mistake(self) -> str:
        """What is wrong with it, in words; empty when nothing is."""
        if self.name not in FAULTS:
            return f"there is no fault {self.name!r}; there are {', '.join(FAULTS)}"
        if FAULTS[self.name] == "clients":
            return f"the fault {self.name} takes no target" if self.target else ""
        return "" if self.target else f"the fault {self.name} needs a target: a station"
