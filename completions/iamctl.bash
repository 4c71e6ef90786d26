# bash completion for iamctl; works with bash 3.2 and newer
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
