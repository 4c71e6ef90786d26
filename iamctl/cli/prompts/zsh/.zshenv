# What `iamctl shell` has zsh read first. It leads zsh back to your own files and puts the role's
# name in front of the prompt, whatever sets the prompt.
if (( ${+IAMCTL_ZDOTDIR} )); then
    export ZDOTDIR=$IAMCTL_ZDOTDIR
else
    unset ZDOTDIR
fi
unset IAMCTL_ZDOTDIR
_iamctl_prompt() {
    # Last, after those that set the prompt anew each time.
    precmd_functions=(${precmd_functions:#_iamctl_prompt} _iamctl_prompt)
    local mark="(${IAMCTL_SESSION##*/}) "
    [[ $PROMPT == "$mark"* ]] || PROMPT=$mark$PROMPT
}
typeset -ga precmd_functions
precmd_functions+=(_iamctl_prompt)
if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then
    source "${ZDOTDIR:-$HOME}/.zshenv"
fi
