"""What `check` finds, and what writing touches and leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from aioconvex_codegen import GenerateError, GenerateOptions, Project, SpecFile, generate
from codegen.cases import GOLDEN, files_in
from codegen.project_files import FUNCTION, write_files

NO_PATH = (
    "no path of a Convex function: its parts are letters, digits, _ and, of modules, dots, of 64 "
    "characters at the most"
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def options(tmp_path: Path) -> GenerateOptions:
    return GenerateOptions(
        source=SpecFile(GOLDEN / "modules" / "spec.json"),
        schema=tmp_path / "schema",
        out=tmp_path / "bindings",
    )


async def test_a_second_run_changes_nothing(options: GenerateOptions) -> None:
    """Files that are right already are not touched, and `check` agrees."""
    first = await generate(options)
    times = {path: path.stat().st_mtime_ns for path in first.written}

    second = await generate(options)
    checked = await generate(evolve(options, check=True))

    assert not first.up_to_date
    assert second.up_to_date
    assert set(second.unchanged) == set(first.written)
    assert times == {path: path.stat().st_mtime_ns for path in first.written}
    assert (checked.up_to_date, checked.diff) == (True, "")


async def test_check_shows_what_is_missing_and_writes_nothing(
    options: GenerateOptions, tmp_path: Path
) -> None:
    """On an empty folder everything is missing."""
    report = await generate(evolve(options, check=True))

    assert not report.up_to_date
    assert "+class Foo(Namespace):" in report.diff
    assert files_in(tmp_path) == {}


async def test_check_finds_a_hand_edit(options: GenerateOptions) -> None:
    """The diff leads from the edited file to the right one."""
    await generate(options)
    file = options.out / "functions" / "page.py"
    file.write_text(file.read_text().replace("def page", "def pages"))

    report = await generate(evolve(options, check=True))

    assert report.written == (file,)
    assert "-    def pages(self) -> None:" in report.diff
    assert "+    def page(self) -> None:" in report.diff


async def test_check_finds_an_edited_snapshot(options: GenerateOptions) -> None:
    """The snapshot is checked like the code."""
    await generate(options)
    file = options.schema / "tables.json"
    file.write_text(file.read_text().rstrip("\n"))

    assert (await generate(evolve(options, check=True))).written == (file,)


async def test_check_finds_a_missing_file(options: GenerateOptions) -> None:
    """A deleted module would be written again."""
    await generate(options)
    (options.out / "models.py").unlink()

    report = await generate(evolve(options, check=True))

    assert report.written == (options.out / "models.py",)
    assert "--- /dev/null" in report.diff


async def test_a_module_that_is_gone_is_removed(options: GenerateOptions) -> None:
    """Its function would only fail; `check` shows the removal first."""
    await generate(options)
    fewer = evolve(options, source=SpecFile(GOLDEN / "pagination" / "spec.json"))

    checked = await generate(evolve(fewer, check=True))
    written = await generate(fewer)

    gone = options.out / "functions" / "page.py"
    assert gone in checked.removed
    assert checked.removed == written.removed
    assert f"--- {gone.as_posix()}\n+++ /dev/null" in checked.diff
    assert not gone.exists()
    assert set(files_in(options.out)) == {
        "__init__.py",
        "functions/__init__.py",
        "functions/convex.py",
        "functions/counts.py",
        "functions/items.py",
        "models.py",
    }


async def test_check_finds_that_an_option_changed(options: GenerateOptions) -> None:
    """Another snapshot folder is named in every header."""
    await generate(options)

    report = await generate(evolve(options, schema=options.schema / "deeper", check=True))

    assert options.out / "models.py" in report.written


async def test_files_of_others_are_reported_and_left_alone(options: GenerateOptions) -> None:
    """Without our header a file is not ours to remove."""
    own = options.out / "functions" / "extra.py"
    own.parent.mkdir(parents=True)
    own.write_text("x = 1\n")

    report = await generate(options)

    assert report.foreign == (own,)
    assert own.read_text() == "x = 1\n"


async def test_another_package_of_bindings_is_left_alone(options: GenerateOptions) -> None:
    """A mistyped output folder that holds one removes nothing of it."""
    inner = evolve(options, out=options.out / "inner")
    await generate(inner)

    report = await generate(options)

    assert (report.removed, report.foreign) == ((), ())
    assert (await generate(evolve(inner, check=True))).up_to_date


async def test_a_file_of_others_is_never_overwritten(options: GenerateOptions) -> None:
    """A mistyped output folder costs nothing: nothing at all is written."""
    options.out.mkdir()
    own = options.out / "models.py"
    own.write_text("x = 1\n")

    with pytest.raises(GenerateError, match="is not a generated file"):
        await generate(options)

    assert own.read_text() == "x = 1\n"
    assert not options.schema.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tables.json", '{"mine": 1}'),
        ("tables.json", "[1]"),
        ("function_spec.json", "// mine"),
        ("docs.json", '{"title": "Manual"}'),
    ],
)
async def test_json_of_others_is_never_overwritten(
    options: GenerateOptions, name: str, text: str
) -> None:
    """The names of the snapshot's files are not rare; what is inside tells whose it is."""
    options.schema.mkdir()
    own = options.schema / name
    own.write_text(text)
    commented = FUNCTION.replace("export", "/** What f does. */ export")
    project = write_files(options.schema.parent, {"convex/a.ts": commented})
    documented = evolve(options, source=Project(project), docstrings=True)

    with pytest.raises(GenerateError, match=f"{name} is not a generated file"):
        await generate(documented)

    assert own.read_text() == text
    assert not options.out.exists()


async def test_comments_that_are_gone_are_gone_from_the_snapshot(options: GenerateOptions) -> None:
    """Else bindings from the snapshot would have them, and bindings from the project not."""
    commented = FUNCTION.replace("export", "/** What f does. */ export")
    project = write_files(options.schema.parent, {"convex/a.ts": commented})
    documented = evolve(options, source=Project(project), docstrings=True)
    await generate(documented)

    write_files(project, {"convex/a.ts": FUNCTION})
    await generate(documented)

    saved = evolve(documented, source=SpecFile(options.schema / "function_spec.json"), check=True)
    assert (await generate(saved)).up_to_date


async def test_a_snapshot_that_a_merge_has_torn_is_written_anew(options: GenerateOptions) -> None:
    """Generating again is how such a conflict is solved."""
    await generate(options)
    file = options.schema / "tables.json"
    whole = file.read_text()
    file.write_text(f"<<<<<<< ours\n{whole}=======\n{whole}>>>>>>> theirs\n")

    assert (await generate(options)).written == (file,)
    assert file.read_text() == whole


async def test_line_ends_of_windows_are_no_difference(options: GenerateOptions) -> None:
    """Git may check files out with them; they are still ours, and what they should be."""
    report = await generate(options)
    for path in report.written:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert (await generate(evolve(options, check=True))).up_to_date

    fewer = evolve(options, source=SpecFile(GOLDEN / "pagination" / "spec.json"))
    assert options.out / "functions" / "page.py" in (await generate(fewer)).removed


async def test_a_disk_that_refuses_is_one_clear_error(options: GenerateOptions) -> None:
    """The file in the way is named."""
    options.schema.write_text("in the way")

    with pytest.raises(GenerateError, match=r"function_spec\.json cannot be written: File exists"):
        await generate(options)


async def test_an_empty_file_may_be_filled(options: GenerateOptions) -> None:
    """An `__init__.py` that somebody touched into being is nobody's work."""
    options.out.mkdir()
    (options.out / "__init__.py").touch()

    assert options.out / "__init__.py" in (await generate(options)).written


async def test_the_header_does_not_depend_on_where_we_are(
    options: GenerateOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative and absolute paths, from any folder, give the same bytes."""
    await generate(options)
    absolute = files_in(options.out)
    monkeypatch.chdir(options.schema)

    relative = evolve(options, schema=Path(), out=Path("..") / "bindings")

    assert (await generate(relative)).up_to_date
    assert files_in(tmp_path / "bindings") == absolute


async def test_the_report_says_what_is_not_typed(options: GenerateOptions) -> None:
    """Per function, with the reason; strange validators are warnings with their place."""
    report = await generate(evolve(options, source=SpecFile(GOLDEN / "untyped" / "spec.json")))

    assert {item.path: item.reason for item in report.untyped} == {
        "a:action": "no args validator, no returns validator",
        "a:anyReturns": "returns is v.any()",
        "a:bare": "no args validator, no returns validator",
        "a:noReturns": "no returns validator",
        "a:unionArgs": "no args validator",
    }
    assert report.warnings == (
        "a:strange: args.x: the unknown validator kind hologram is typed as any",
        "a:strange: args.y: a literal that JSON has no number for is typed as number",
        "a:strange: returns[]: the unknown validator kind map is typed as any",
        "a:unionArgs: args are neither an object nor any, typed as any",
    )
    assert report.skipped == (
        "a:noKind: the unknown kind Cron",
        f"not a path: {NO_PATH}",
    )
    assert {item.file for item in report.untyped} == {"a.ts"}
    assert report.http_actions == ("GET /hi", "POST /p/*")
    assert (report.functions, report.typed) == (6, 1)
