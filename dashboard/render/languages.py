"""Tables of the syntax of languages, as needed for colors: comments, strings and words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from re import Pattern

from events.wire import patterns

C_COMMENTS, C_STRINGS = "//  /*…*/", "\" '"
_C_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "return short signed sizeof static struct switch typedef union unsigned void volatile while"
)
_OBJECT_KEYWORDS = (
    "abstract as async await base bool boolean break byte case catch char class const constructor continue default "
    "delete do double else enum export extends false final finally float for foreach from function get if implements "
    "import in instanceof int interface internal is let long namespace new null object of operator out override "
    "package "
    "private protected public readonly record ref return sealed set short static string super switch synchronized this "
    "throw throws true try type typeof undefined using val var void volatile when where while with yield"
)
_DEFINITION_KEYWORDS = frozenset(
    [
        "def",
        "class",
        "fn",
        "func",
        "function",
        "fun",
        "sub",
        "defmodule",
        "defp",
        "interface",
        "struct",
        "trait",
        "impl",
        "module",
    ]
)


@dataclass(frozen=True)
class Language:
    """The syntax of a language. `comments` and `strings` are arguments of `patterns.source_code_pattern`.

    `line_rule` is the color class and the pattern of whole lines.
    """

    keywords: frozenset[str] = frozenset()
    comments: str = "#"
    strings: str = "\" '"
    line_rule: tuple[str, str] = ("", "")
    builtins: frozenset[str] = frozenset()
    ignores_case: bool = False
    definition_keywords: frozenset[str] = field(default=_DEFINITION_KEYWORDS)

    @cached_property
    def pattern(self) -> Pattern[str]:
        return patterns.source_code_pattern(self.comments, self.strings, self.line_rule[1])


def _make_language(keywords: str = "", comments: str = "#", strings: str = "\" '", **fields: object) -> Language:
    builtins = frozenset(str(fields.pop("builtins", "")).split())
    return Language(frozenset(keywords.split()), comments, strings, builtins=builtins, **fields)  # type: ignore[arg-type]


_JAVASCRIPT = _make_language(
    _OBJECT_KEYWORDS, C_COMMENTS, "\" ' `", builtins="console document window Object Array Promise JSON Math"
)
_KEY_RULE = ("tf", r"[ \t-]{0,80}+[\w.]++[ \t]*+[:=]?")
LANGUAGES: Mapping[str, Language] = {
    "bash": _make_language(
        "if then else elif fi for while until do done case esac in function select return local export readonly "
        "declare "
        "set unset shift exit trap source",
        builtins="echo cd printf read test eval exec grep sed awk cat ls rm mkdir cp mv find git npm python node",
    ),
    "c": _make_language(_C_KEYWORDS + " bool NULL true false", C_COMMENTS, C_STRINGS, line_rule=("tc", r"#[^\n]*+")),
    "cpp": _make_language(
        f"{_C_KEYWORDS} {_OBJECT_KEYWORDS} template typename virtual nullptr constexpr concept requires noexcept "
        "friend explicit",
        C_COMMENTS,
        C_STRINGS,
        line_rule=("tc", r"#[^\n]*+"),
    ),
    "csharp": _make_language(
        _OBJECT_KEYWORDS + " decimal params partial struct unsafe event delegate", C_COMMENTS, C_STRINGS
    ),
    "css": _make_language("important", "/*…*/", C_STRINGS),
    "scss": _make_language("important", C_COMMENTS, C_STRINGS),
    "diff": _make_language(line_rule=("", r"[-+@][^\n]*+"), comments="#", strings='"'),
    "django": _make_language(
        "if else endif for endfor block endblock extends include load with endwith", "{#…#} <!--…-->"
    ),
    "docker": _make_language(
        "FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD HEALTHCHECK SHELL AS"
    ),
    "elixir": _make_language(
        "def defp defmodule defmacro defstruct do end if else unless case cond when fn with for in and or not true "
        "false "
        "nil import alias use require raise rescue after",
        strings='""" " \'',
    ),
    "go": _make_language(
        "break case chan const continue default defer else fallthrough for func go goto if import interface map "
        "package "
        "range return select struct switch type var nil true false",
        C_COMMENTS,
        "\" ' `",
        builtins="append cap close copy delete len make new panic print println recover string int error bool byte",
    ),
    "haskell": _make_language(
        "case class data default deriving do else forall if import in infix infixl infixr instance let module "
        "newtype of "
        "then type where",
        "--  {-…-}",
        '"',
    ),
    "html": _make_language("", "<!--…-->", "\" '"),
    "ini": _make_language("true false yes no on off", "#  ;", '"', line_rule=_KEY_RULE),
    "java": _make_language(_OBJECT_KEYWORDS, C_COMMENTS, '""" " \''),
    "javascript": _JAVASCRIPT,
    "json": _make_language("true false null", "//", '"'),
    "kotlin": _make_language(_OBJECT_KEYWORDS + " companion data fun init lateinit suspend", C_COMMENTS, '""" " \''),
    "lua": _make_language(
        "and break do else elseif end false for function goto if in local nil not or repeat return then true until "
        "while",
        "--[[…]] --",
    ),
    "make": _make_language("ifeq ifneq ifdef ifndef else endif include define endef export", strings='"'),
    "markdown": _make_language("", "<!--…-->", "`", line_rule=("tk", r"\#[^\n]*+")),
    "nix": _make_language("let in with rec if then else inherit import assert or true false null", "#  /*…*/", '"'),
    "perl": _make_language(
        "my our local sub if elsif else unless while until for foreach return use require package last next redo do "
        "eval "
        "die print and or not"
    ),
    "php": _make_language(
        _OBJECT_KEYWORDS + " echo array fn global isset unset use require include elseif endif match", "#  //  /*…*/"
    ),
    "powershell": _make_language(
        "begin break catch class continue data do else elseif end exit filter finally for foreach from function if in "
        "param process return switch throw trap try until using while",
        "<#…#> #",
        ignores_case=True,
    ),
    "protobuf": _make_language(
        "syntax package import message enum service rpc returns option repeated optional required oneof map reserved "
        "string int32 int64 uint32 uint64 bool bytes double float true false",
        C_COMMENTS,
    ),
    "python": _make_language(
        "and as assert async await break class continue def del elif else except finally for from global if import "
        "in is "
        "lambda nonlocal not or pass raise return try while with yield True False None match case",
        strings="\"\"\" ''' \" '",
        builtins="abs all any bool bytes dict enumerate filter float frozenset getattr hasattr int isinstance iter len "
        "list map max min next object open print property range repr reversed self set setattr sorted staticmethod str "
        "sum super tuple type zip Exception ValueError TypeError KeyError RuntimeError",
    ),
    "r": _make_language("if else repeat while function for next break in TRUE FALSE NULL NA Inf NaN library return"),
    "ruby": _make_language(
        "BEGIN END alias and begin break case class def defined do else elsif end ensure false for if in module next "
        "nil "
        "not or redo rescue retry return self super then true undef unless until when while yield require attr_reader "
        "attr_accessor puts"
    ),
    "rust": _make_language(
        "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod "
        "move "
        "mut pub ref return self Self static struct super trait true type union unsafe use where while",
        C_COMMENTS,
        '"',
        builtins="Some None Ok Err Option Result Vec String Box i32 i64 u8 u32 u64 usize f64 bool str println vec",
    ),
    "scala": _make_language(_OBJECT_KEYWORDS + " def given implicit lazy match sealed trait", C_COMMENTS, '""" "'),
    "sql": _make_language(
        "add all alter and as asc begin between by case cast check column commit constraint create cross database "
        "default "
        "delete desc distinct drop else end exists foreign from full grant group having if in index inner insert "
        "into is "
        "join key left like limit not null offset on or order outer primary references replace returning right "
        "rollback "
        "select set table then to transaction trigger union unique update using values view when where with",
        "--  /*…*/",
        ignores_case=True,
    ),
    "swift": _make_language(
        _OBJECT_KEYWORDS + " func guard init nil protocol self struct extension defer inout lazy weak", C_COMMENTS
    ),
    "terraform": _make_language(
        "resource variable output module provider data locals true false null for in if", "#  //  /*…*/"
    ),
    "toml": _make_language("true false", "#", "\"\"\" ''' \" '", line_rule=_KEY_RULE),
    "typescript": _JAVASCRIPT,
    "yaml": _make_language("true false null yes no on off", "#", "\" '", line_rule=_KEY_RULE),
    "zig": _make_language(
        "align and anyerror asm async await break catch const continue defer else enum errdefer error export extern "
        "fn for "
        "if inline noalias or orelse packed pub return struct suspend switch test threadlocal try union unreachable "
        "usingnamespace var volatile while true false null undefined",
        "//",
        '"',
    ),
}
