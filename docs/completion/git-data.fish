# Completion of `git data` for fish.
set -l commands init track untrack mv status ls diff log blame params metrics plots show cat add checkout undo resolve mergetool push fetch pull sparse remote trust fsck du prune verify install uninstall version
complete -c git-data -f
complete -c git-data -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c git-data -n "__fish_seen_subcommand_from track untrack mv add checkout pull" -a "(__fish_complete_directories)"
complete -c git-data -n "__fish_seen_subcommand_from track" -l create -l from-git
complete -c git-data -n "__fish_seen_subcommand_from remote" -a "add list set-url remove default check reset"
complete -c git-data -n "__fish_seen_subcommand_from sparse" -a "set add list disable (__fish_complete_directories)"
complete -c git-data -n "__fish_seen_subcommand_from params metrics plots" -a "show diff (git for-each-ref --format='%(refname:short)' 2>/dev/null)"
complete -c git-data -n "__fish_seen_subcommand_from push" -l all -a "(git remote 2>/dev/null)"
complete -c git-data -n "__fish_seen_subcommand_from fetch ls diff log blame show cat verify du" -a "(git for-each-ref --format='%(refname:short)' 2>/dev/null)"
complete -c git-data -n "__fish_seen_subcommand_from checkout pull" -l force
complete -c git-data -n "__fish_seen_subcommand_from prune" -l dry-run -l uploaded -l all -l remote
complete -c git-data -n "__fish_seen_subcommand_from resolve" -l ours
complete -c git-data -n "__fish_seen_subcommand_from resolve" -l theirs
