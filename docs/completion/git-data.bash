# Completion of `git data` for bash; git's own completion calls _git_data.
_git_data() {
    local commands="init track untrack mv status ls diff log blame params metrics plots show cat add checkout undo resolve mergetool push fetch pull sparse remote trust fsck du prune verify install uninstall version"
    local i subcommand=
    for ((i = 2; i < COMP_CWORD; i++)); do
        case "${COMP_WORDS[i]}" in
            -*) ;;
            *) subcommand=${COMP_WORDS[i]}; break ;;
        esac
    done
    local word=${COMP_WORDS[COMP_CWORD]}
    case "$subcommand" in
        "") COMPREPLY=($(compgen -W "$commands --help" -- "$word")) ;;
        track) COMPREPLY=($(compgen -d -W "--create --from-git --json" -- "$word")) ;;
        sparse) COMPREPLY=($(compgen -f -W "set add list disable --json" -- "$word")) ;;
        remote) COMPREPLY=($(compgen -W "add list set-url remove default check" -- "$word")) ;;
        push) COMPREPLY=($(compgen -W "--all --json $(git remote 2>/dev/null)" -- "$word")) ;;
        diff) COMPREPLY=($(compgen -f -W "--cached --patch --find-renames --no-renames --key --remember-key --summary --no-summary --stat --name-only --name-status --exit-code --quiet --markdown --json --offline --color $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        log) COMPREPLY=($(compgen -f -W "--all --oneline --stat --since --until --author --grep --reverse --first-parent --json --offline $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        blame) COMPREPLY=($(compgen -f -W "-L -w --ignore-rev --ignore-revs-file --date --json --offline $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        params | metrics) COMPREPLY=($(compgen -f -W "show diff --all --all-branches --all-tags --markdown --json --offline $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        plots) COMPREPLY=($(compgen -f -W "show diff --output --open --format --x --y --kind --points --all --all-branches --all-tags --json --offline $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        show | cat) COMPREPLY=($(compgen -W "--output --bytes --offline $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        fetch | ls) COMPREPLY=($(compgen -f -W "--json --long --format --no-recursive $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        prune) COMPREPLY=($(compgen -W "--dry-run --uploaded --all --remote --json" -- "$word")) ;;
        verify) COMPREPLY=($(compgen -W "--all --remote --json $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        du) COMPREPLY=($(compgen -f -W "--by --without --remote --json $(git for-each-ref --format='%(refname:short)' 2>/dev/null)" -- "$word")) ;;
        resolve) COMPREPLY=($(compgen -f -W "--ours --theirs --json" -- "$word")) ;;
        mergetool) COMPREPLY=($(compgen -f -W "--tool" -- "$word")) ;;
        checkout | pull) COMPREPLY=($(compgen -f -W "--force --json" -- "$word")) ;;
        untrack | mv | add) COMPREPLY=($(compgen -f -- "$word")) ;;
        init) COMPREPLY=($(compgen -W "--no-live --sparse --json" -- "$word")) ;;
        fsck) COMPREPLY=($(compgen -W "--remote --repair --full --unlock --json" -- "$word")) ;;
        uninstall) COMPREPLY=($(compgen -W "--repo --purge" -- "$word")) ;;
        status) COMPREPLY=($(compgen -W "--porcelain -z --json --color --renames --no-renames" -- "$word")) ;;
        version) COMPREPLY=($(compgen -W "--json" -- "$word")) ;;
    esac
}
_git_data_command() {
    # `git-data ...` typed as one word: the same, one place further left.
    COMP_WORDS=(git data "${COMP_WORDS[@]:1}")
    COMP_CWORD=$((COMP_CWORD + 1))
    _git_data
}
complete -F _git_data_command git-data
