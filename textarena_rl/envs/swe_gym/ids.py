"""The ids of SWE-Gym."""

from textarena_rl.grammar import Knob, Word, World

__all__ = ["ROWS"]

_DETAILS = ("none", "symptom", "tests", "traceback", "file", "function")
_BUGS_AND_FILES = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (4, 4))

ROWS = (
    World(
        name="SWEGym",
        entry_point="textarena_rl.envs.swe_gym.env:SWEGymEnv",
        description="A repository with bugs, an issue and a shell: find them, mend them, hand in; hidden tests decide.",
        knobs=(
            Knob("b", "num_bugs", 1, 4, "bugs"),
            Knob("f", "num_files", 1, 4, "files that they are in; at most as many as bugs"),
            Knob("s", "suite_size", 0, 500, "tests in the suite at the most, 0: all", default=0),
            Knob("p", "patch_lines", 0, 200, "lines of the gold patch at the most, 0: any", default=0),
            Word("detail", _DETAILS, "how much the issue tells", default="symptom"),
            Word("tests", ("hidden", "visible", "absent"), "the failing tests, for the agent", default="hidden"),
        ),
        example=(1, 1, 0, 0, "symptom", "hidden"),
        canonical=(
            *((b, f, 0, 0, "symptom", tests) for b, f in _BUGS_AND_FILES for tests in ("hidden", "visible")),
            *((1, 1, 0, 0, detail, "hidden") for detail in _DETAILS if detail != "symptom"),
            *((1, 1, s, 0, "symptom", "hidden") for s in (5, 10, 20)),
            *((1, 1, 0, p, "symptom", "hidden") for p in (2, 4)),
            (1, 1, 0, 0, "symptom", "absent"),
        ),
        extra="swe",
    ),
    World(
        name="SWEGym-official",
        entry_point="textarena_rl.envs.swe_gym.official_env:SWEGymOfficialEnv",
        description="Rows of SWE-Gym, SWE-bench and their kin, each in its own container image.",
        knobs=(),
        example=(),
        canonical=((),),
        extra="swe",
        official=True,
        importer="textarena_rl.envs.swe_gym.rows:import_rows",
    ),
)
