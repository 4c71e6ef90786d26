"""The completion scripts, as `completions/` holds them and `iamctl completion SHELL` prints them.

They ask iamctl by the protocol of `complete.py` and hand its lines to the shell as data: no eval,
no `compgen -W` (which expands its words), no descriptions. Without an answer the shell completes
file names.
"""

from collections.abc import Mapping

BASH = r"""# bash completion for iamctl; works with bash 3.2 and newer
_iamctl() {
    local line=$COMP_LINE word candidate i
    local -a words=()
    # bash splits at the characters of COMP_WORDBREAKS too: join what was typed without a blank.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ i -gt 0 && $line != [[:blank:]]* ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=${line#"${line%%[![:blank:]]*}"}
        line=${line#"$word"}
    done
    # readline replaces what follows the last break; an @ counts as part of that.
    local current=${words[${#words[@]} - 1]} kept="" break
    for break in : = @; do
        if [[ $COMP_WORDBREAKS == *$break* && $current == *$break* ]]; then
            word=${current%"${current##*"$break"}"}
            [[ $break == @ ]] && word=${word%@}
            [[ ${#word} -gt ${#kept} ]] && kept=$word
        fi
    done
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("${candidate#"$kept"}")
    done < <(
        IFS=$'\n'
        env COMP_WORDS="${words[*]}" COMP_CWORD="$((${#words[@]} - 1))" \
            _IAMCTL_COMPLETE=quoted iamctl 2>/dev/null
    )
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=.:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -o default -F _iamctl iamctl
"""

ZSH = r"""#compdef iamctl
# zsh completion for iamctl
_iamctl() {
    local -a typed lines whole open
    typed=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
    lines=("${(@f)$(env COMP_WORDS="${(pj:\n:)typed}" COMP_CWORD=$((CURRENT - 1)) \
        _IAMCTL_COMPLETE=lines iamctl 2>/dev/null)}")
    lines=("${(@)lines:#}")
    if (( ! $#lines )); then
        _files
        return
    fi
    open=("${(@M)lines:#*[/=.:]}")
    whole=("${(@)lines:#*[/=.:]}")
    (( $#whole )) && compadd -- "${(@)whole}"
    (( $#open )) && compadd -S '' -- "${(@)open}"
    return 0
}
if [[ $funcstack[1] == _iamctl ]] && (( $+compstate )); then
    _iamctl "$@"
else
    compdef _iamctl iamctl
fi
"""

FISH = r"""# fish completion for iamctl
function __iamctl_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l joined (string join \n -- $typed "$current" | string collect -N)
    set -l found (env COMP_WORDS="$joined" COMP_CWORD=(count $typed) \
        _IAMCTL_COMPLETE=lines iamctl 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c iamctl -f -a '(__iamctl_complete)'
"""

POWERSHELL = r"""# PowerShell completion for iamctl
Register-ArgumentCompleter -Native -CommandName iamctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $typed = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    $Env:COMP_WORDS = ($typed + "$wordToComplete") -join "`n"
    $Env:COMP_CWORD = $typed.Count
    $Env:_IAMCTL_COMPLETE = 'quoted'
    try {
        & iamctl 2>$null | ForEach-Object {
            $text = if ($_ -match '[,@]') { "'$_'" } else { $_ }
            [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
        }
    } finally {
        Remove-Item -ErrorAction SilentlyContinue 'Env:COMP_WORDS', 'Env:COMP_CWORD'
        Remove-Item -ErrorAction SilentlyContinue 'Env:_IAMCTL_COMPLETE'
    }
}
"""

SCRIPTS: Mapping[str, str] = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
"""Shell -> script."""

FILES: Mapping[str, str] = {
    "bash": "iamctl.bash",
    "zsh": "_iamctl",
    "fish": "iamctl.fish",
    "powershell": "iamctl.ps1",
}
"""Shell -> the script's name under `completions/`."""
