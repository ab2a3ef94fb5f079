"""The arrow, what may never be called, and what the front door must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "assistant": set(),
    "ingest": {"assistant"},
    "train": {"assistant"},
    "serve": {"assistant"},
}
FRONT_DOORS = [ROOT / "assistant" / name for name in ("cli.py", "cli_adapters.py", "cli_pairs.py")]
FILES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]
# Each of these runs code that a file, an archive or a server brings, or trusts one blindly.
FORBIDDEN_CALLS = {"eval", "exec", "pickle.load", "pickle.loads", "torch.load", "yaml.load",
                   "joblib.load", "os.system", "marshal.loads"}  # fmt: skip
FORBIDDEN_METHODS = {"extractall"}
FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
FORBIDDEN_ARGUMENTS = {
    ("shell", True),
    ("verify", False),
    ("trust_remote_code", True),
    ("allow_pickle", True),
    ("weights_only", False),
}


def read_tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def find_packages(nodes):
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_follow_the_arrow(package):
    for path in (ROOT / package).rglob("*.py"):
        if path not in FRONT_DOORS:
            ours = find_packages(ast.walk(read_tree(path))) & MAY_IMPORT.keys()
            assert ours <= MAY_IMPORT[package] | {package}, path


@pytest.mark.parametrize("path", FRONT_DOORS, ids=lambda path: path.stem)
def test_the_front_door_imports_stages_only_inside_functions(path):
    assert find_packages(read_tree(path).body) & MAY_IMPORT.keys() <= {"assistant"}


def is_safe_yaml(call, tree):
    """Whether yaml.load is given a class of the same file that only narrows the SafeLoader."""
    safe = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and [ast.unparse(b) for b in node.bases] == ["yaml.SafeLoader"]
    }
    return len(call.args) == 2 and ast.unparse(call.args[1]) in safe


def find_forbidden(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name == "yaml.load" and is_safe_yaml(node, tree):
                continue
            if name in FORBIDDEN_CALLS or name.rpartition(".")[2] in FORBIDDEN_METHODS:
                yield name
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Constant):
                    if (keyword.arg, keyword.value.value) in FORBIDDEN_ARGUMENTS:
                        yield f"{keyword.arg}={keyword.value.value}"
    yield from find_packages(ast.walk(tree)) & FORBIDDEN_MODULES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_runs_what_a_file_brings(path):
    assert list(find_forbidden(read_tree(path))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "torch.load(p)",
        "archive.extractall(p)",
        "run(c, shell=True)",
        "get(u, verify=False)",
        "AutoModel.from_pretrained(p, trust_remote_code=True)",
        "yaml.load(t)",
        "yaml.load(t, Loader)",
        "eval(t)",
    ],
)
def test_the_search_finds_what_it_is_for(code):
    assert list(find_forbidden(ast.parse(code)))


def test_every_module_says_what_it_is():
    silent = [path for path in FILES if not ast.get_docstring(read_tree(path))]

    assert silent == []


def load_and_list(module):
    code = f"import sys, {module}; print(*{{m.split('.')[0] for m in sys.modules}})"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(found.stdout.split())


@pytest.mark.parametrize(
    "module", ["assistant.cli", "assistant.config", "assistant.answer", "ingest.run", "train.run"]
)
def test_importing_loads_no_heavy_library(module):
    heavy = {"torch", "transformers", "faiss", "gradio", "sentence_transformers", "peft", "trl"}

    assert load_and_list(module) & heavy == set()
