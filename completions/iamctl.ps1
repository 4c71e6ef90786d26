# PowerShell completion for iamctl
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
