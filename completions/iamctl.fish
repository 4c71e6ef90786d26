# fish completion for iamctl
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
