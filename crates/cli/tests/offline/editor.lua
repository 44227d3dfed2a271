-- Neovim as a client of `peregrine rules lsp`: run by editor.rs. What was done is written to the file
-- RESULT, a line each; any failure ends it with status 1.

local folder, program, result = vim.env.RULES, vim.env.PEREGRINE, vim.env.RESULT
local lines = {}

local function note(line)
  table.insert(lines, line)
end

local function wait(what, condition)
  if not vim.wait(60000, condition, 10) then
    error('waited in vain for ' .. what .. '; the text is\n' .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\n'))
  end
end

local function text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\n')
end

-- Puts the cursor on the first letter of a piece of the text.
local function go(piece)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    local column = line:find(piece, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return
    end
  end
  error('there is no ' .. piece)
end

local function ask(method)
  local answers = vim.lsp.buf_request_sync(0, method, vim.lsp.util.make_position_params(0, 'utf-16'), 60000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
end

local function main()
  vim.cmd('edit ' .. folder .. '/mine.yaml')
  local mine = vim.api.nvim_get_current_buf()
  local status
  local client = vim.lsp.start_client({
    name = 'peregrine',
    cmd = { program, 'rules', 'lsp' },
    root_dir = folder,
    on_exit = function(code) status = code end,
  })
  assert(client, 'no client')
  vim.lsp.buf_attach_client(mine, client)

  -- What is wrong, and a quick fix of it.
  wait('diagnostics', function() return #vim.diagnostic.get(mine) == 1 end)
  local found = vim.diagnostic.get(mine)[1]
  note(string.format('%s %d:%d-%d:%d', found.code, found.lnum, found.col, found.end_lnum, found.end_col))
  go('opne')
  vim.ui.select = function(items, _, choose) choose(items[1], 1) end
  vim.lsp.buf.code_action()
  wait('the quick fix', function() return text(mine):find('evt.type = open and', 1, true) end)
  wait('no diagnostics', function() return #vim.diagnostic.get(mine) == 0 end)
  note('fixed')

  -- Completion of a macro and a field.
  vim.api.nvim_buf_set_lines(mine, 3, 4, true, { '  condition: is_she and evt.type = open and proc.na' })
  local function complete(behind, label)
    go(behind)
    local at = vim.api.nvim_win_get_cursor(0)
    vim.api.nvim_win_set_cursor(0, { at[1], at[2] + #behind })
    for _, item in ipairs(ask('textDocument/completion') or {}) do
      if item.label == label then
        vim.lsp.util.apply_text_edits({ item.textEdit }, mine, 'utf-16')
        return
      end
    end
    error('no completion ' .. label)
  end
  vim.opt.virtualedit = 'onemore'
  complete('proc.na', 'proc.name')
  complete('is_she', 'is_shell')
  vim.api.nvim_buf_set_text(mine, 3, #vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1], 3, #vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1], { ' in (' })
  complete('proc.name in (', 'my_names')
  vim.api.nvim_buf_set_text(mine, 3, #vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1], 3, #vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1], { ')' })
  note(vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1])
  wait('no diagnostics', function() return #vim.diagnostic.get(mine) == 0 end)

  go('is_shell')
  note(ask('textDocument/hover').contents.value:find('- macro: is_shell', 1, true) and 'hover' or 'no hover')

  -- To the macro, which is in another file, and to a shipped one.
  vim.cmd('write')
  vim.lsp.buf.definition()
  wait('the jump', function() return vim.api.nvim_buf_get_name(0):find('words.yaml', 1, true) end)
  local at = vim.api.nvim_win_get_cursor(0)
  note(string.format('jumped to %s %d:%d', vim.fn.fnamemodify(vim.api.nvim_buf_get_name(0), ':t'), at[1], at[2]))
  local words = vim.api.nvim_get_current_buf()

  -- Another name, in both files; from the file that defines it.
  vim.lsp.buf_attach_client(words, client)
  vim.lsp.buf.rename('runs_shell')
  wait('the name', function()
    return text(words):find('- macro: runs_shell', 1, true) and text(mine):find('condition: runs_shell and', 1, true)
  end)
  note('renamed')
  vim.cmd('wall')

  -- In order.
  vim.cmd('buffer ' .. mine)
  local format = vim.lsp.buf.formatting_sync
    and function() vim.lsp.buf.formatting_sync(nil, 60000) end
    or function() vim.lsp.buf.format({ timeout_ms = 60000 }) end
  vim.api.nvim_buf_set_lines(mine, 3, 4, true, { '  condition:   runs_shell   and evt.type = open and proc.name in (my_names)  ' })
  format()
  note(vim.api.nvim_buf_get_lines(mine, 3, 4, true)[1])
  vim.cmd('wall')

  vim.lsp.stop_client(client)
  wait('the end', function() return status ~= nil end)
  note('ended with ' .. status)
end

local ok, why = xpcall(main, debug.traceback)
if not ok then
  note(why)
end
vim.fn.writefile(vim.split(table.concat(lines, '\n'), '\n'), result)
vim.cmd(ok and 'qall!' or 'cquit 1')
