#include "plugins/exporters/html/page_script.h"

namespace latimer {
namespace {

// Cells with data-value are sorted by it as numbers, others by their text; what is not known comes last
// either way. Numbers begin with the largest: that is what one looks for.
constexpr std::string_view kScript = R"js(
'use strict';
(function () {
  function valueOf(row, column) {
    var cell = row.cells[column];
    var value = cell.getAttribute('data-value');
    if (value === null) return cell.textContent;
    return value === '' ? null : Number(value);
  }
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
    return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
  }
  function sort(table, heading) {
    var numeric = heading.classList.contains('n');
    var before = heading.getAttribute('aria-sort');
    var descending = before === 'none' ? numeric : before === 'ascending';
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row) {
      return { row: row, value: valueOf(row, heading.cellIndex) };
    });
    rows.sort(function (a, b) { return compare(a.value, b.value, descending ? -1 : 1); });
    rows.forEach(function (entry) { body.appendChild(entry.row); });
    table.querySelectorAll('th[aria-sort]').forEach(function (other) { other.setAttribute('aria-sort', 'none'); });
    heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
  }
  document.querySelectorAll('table').forEach(function (table) {
    table.querySelectorAll('th[aria-sort] > button').forEach(function (button) {
      button.disabled = false;
      button.addEventListener('click', function () { sort(table, button.parentNode); });
    });
  });
  document.documentElement.classList.add('sortable');
})();
)js";

}  // namespace

std::string_view page_script() { return kScript; }

}  // namespace latimer
