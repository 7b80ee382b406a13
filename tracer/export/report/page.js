'use strict';
(function () {
	var root = document.documentElement;
	root.classList.add('js');
	var from = Number(root.dataset.from), to = Number(root.dataset.to);
	var tip = document.getElementById('tip');

	function time(ns, span) {
		var digits = span > 2e9 ? 2 : span > 2e8 ? 3 : span > 2e6 ? 5 : span > 2e4 ? 7 : 9;
		return (ns / 1e9).toFixed(digits) + ' s';
	}
	function short(ns) {
		var units = [['s', 1e9], ['ms', 1e6], ['us', 1e3], ['ns', 1]];
		for (var i = 0; i < units.length; i++)
			if (ns >= units[i][1] || i === 3)
				return Number((ns / units[i][1]).toPrecision(3)) + ' ' + units[i][0];
	}
	function say(event, text) {
		if (!text) {
			tip.style.display = 'none';
			return;
		}
		tip.textContent = text;
		tip.style.display = 'block';
		var box = tip.getBoundingClientRect();
		tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 8) + 'px';
		tip.style.top = (event.clientY + 18 + box.height > innerHeight
			? event.clientY - box.height - 10 : event.clientY + 18) + 'px';
	}

	/* Tables: a click on a heading sorts; the value is in data-v, or is the text. */
	function value(row, index) {
		var cell = row.cells[index];
		var given = cell.dataset.v;
		return given === undefined ? cell.textContent.trim() : Number(given);
	}
	document.querySelectorAll('table.sortable').forEach(function (table) {
		var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
		heads.forEach(function (head, index) {
			head.addEventListener('click', function () {
				var up = head.dataset.order === 'down';
				var rows = Array.prototype.slice.call(table.tBodies[0].rows);
				heads.forEach(function (other) { delete other.dataset.order; });
				head.dataset.order = up ? 'up' : 'down';
				rows.sort(function (a, b) {
					var x = value(a, index), y = value(b, index);
					var order = typeof x === 'number' && typeof y === 'number'
						? y - x : String(x).localeCompare(String(y));
					return up ? -order : order;
				});
				rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
			});
		});
	});
	document.querySelectorAll('input.filter').forEach(function (input) {
		input.addEventListener('input', function () {
			var want = input.value.toLowerCase();
			var rows = document.getElementById(input.dataset.table).tBodies[0].rows;
			for (var i = 0; i < rows.length; i++)
				rows[i].hidden = rows[i].textContent.toLowerCase().indexOf(want) < 0;
		});
	});

	/* Charts over time: all zoom together. */
	var view = [0, 1];
	var plots = Array.prototype.slice.call(document.querySelectorAll('.plot.zoom'));
	function at(plot, event) {
		var box = plot.getBoundingClientRect();
		var share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
		return view[0] + share * (view[1] - view[0]);
	}
	function draw() {
		plots.forEach(function (plot) {
			plot.querySelectorAll('svg').forEach(function (svg) {
				var size = svg.dataset.size.split(' ').map(Number);
				svg.setAttribute('viewBox', view[0] * size[0] + ' 0 ' +
					(view[1] - view[0]) * size[0] + ' ' + size[1]);
			});
		});
		var span = (view[1] - view[0]) * (to - from);
		document.querySelectorAll('.times').forEach(function (times) {
			var count = times.children.length;
			for (var i = 0; i < count; i++)
				times.children[i].textContent = time(from +
					(view[0] + i / (count - 1) * (view[1] - view[0])) * (to - from), span);
		});
		document.getElementById('reset').hidden = view[0] === 0 && view[1] === 1;
	}
	function reset() { view = [0, 1]; draw(); }
	document.getElementById('reset').addEventListener('click', reset);

	function heatText(plot, share, event) {
		if (!plot.cells) {
			plot.cells = {};
			plot.dataset.cells.split(';').forEach(function (cell) {
				var parts = cell.split(',');
				plot.cells[parts[0] + ',' + parts[1]] = parts[2];
			});
		}
		var columns = Number(plot.dataset.columns), rows = Number(plot.dataset.rows);
		var box = plot.getBoundingClientRect();
		var column = Math.min(columns - 1, Math.floor(share * columns));
		var row = rows - 1 - Math.min(rows - 1, Math.max(0,
			Math.floor((event.clientY - box.top) / box.height * rows)));
		var count = plot.cells[column + ',' + row];
		var least = Math.pow(10, 2 + row / 3);
		return time(from + share * (to - from), to - from) + '\n' +
			(row === 0 ? 'below ' + short(least * Math.pow(10, 1 / 3))
				: short(least) + ' to ' + short(least * Math.pow(10, 1 / 3))) + '\n' +
			(count ? Number(count).toLocaleString('en') + ' messages' : 'none');
	}
	function rateText(plot, share) {
		if (!plot.rates)
			plot.rates = plot.dataset.rates.split(' ').map(Number);
		var index = Math.min(plot.rates.length - 1, Math.floor(share * plot.rates.length));
		var seconds = (to - from) / plot.rates.length / 1e9;
		var incidents = plot.dataset.incidents.split(' ')[index];
		return time(from + share * (to - from), to - from) + '\n' +
			Math.round(plot.rates[index] / seconds).toLocaleString('en') + ' messages/s' +
			(Number(incidents) > 0 ? '\n' + incidents + ' incidents' : '');
	}
	plots.forEach(function (plot) {
		var brush = null, begin = 0;
		plot.addEventListener('mousemove', function (event) {
			var share = at(plot, event);
			say(event, plot.dataset.cells !== undefined ? heatText(plot, share, event)
				: rateText(plot, share));
		});
		plot.addEventListener('mouseleave', function (event) { say(event, ''); });
		plot.addEventListener('dblclick', reset);
		plot.addEventListener('mousedown', function (event) {
			if (event.button !== 0)
				return;
			event.preventDefault();
			begin = at(plot, event);
			brush = document.createElement('div');
			brush.className = 'brush';
			plot.appendChild(brush);
			function move(moved) {
				var end = at(plot, moved), span = view[1] - view[0];
				brush.style.left = (Math.min(begin, end) - view[0]) / span * 100 + '%';
				brush.style.width = Math.abs(end - begin) / span * 100 + '%';
			}
			function up(moved) {
				var end = at(plot, moved);
				removeEventListener('mousemove', move);
				removeEventListener('mouseup', up);
				brush.remove();
				if (Math.abs(end - begin) > 0.004 * (view[1] - view[0])) {
					view = [Math.min(begin, end), Math.max(begin, end)];
					draw();
				}
			}
			addEventListener('mousemove', move);
			addEventListener('mouseup', up);
		});
	});
	document.querySelectorAll('[data-tip]').forEach(function (element) {
		element.addEventListener('mousemove', function (event) { say(event, element.dataset.tip); });
		element.addEventListener('mouseleave', function (event) { say(event, ''); });
	});
	root.dataset.ready = 'yes';
})();
