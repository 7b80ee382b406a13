'use strict';
(function () {
	var svg = document.documentElement;
	var left = Number(svg.dataset.left), width = Number(svg.dataset.width);
	var detail = document.getElementById('detail'), found = document.getElementById('found');
	var search = document.getElementById('search'), hint = detail.textContent;
	var sections = Array.prototype.map.call(document.querySelectorAll('.s'), function (section) {
		return Array.prototype.map.call(section.querySelectorAll('.f'), function (element) {
			return {
				element: element, rect: element.querySelector('rect'),
				text: element.querySelector('text'), name: element.querySelector('text').dataset.n,
				title: element.querySelector('title').textContent,
				x: Number(element.dataset.x), w: Number(element.dataset.w),
				d: Number(element.dataset.d), ns: Number(element.dataset.ns)
			};
		});
	});

	function label(frame, pixels) {
		var room = Math.floor((pixels - 3) / 7);

		frame.text.textContent = room < 3 ? '' : frame.name.length <= room ? frame.name
			: frame.name.slice(0, room - 1) + '\u2026';
	}

	/* The frame fills the width; those around it go, those that it is in stay. */
	function zoom(frames, to) {
		var slack = 1e-6;

		frames.forEach(function (frame) {
			var above = frame.d < to.d && frame.x <= to.x + slack &&
				frame.x + frame.w >= to.x + to.w - slack;
			var inside = frame.d >= to.d && frame.x >= to.x - slack &&
				frame.x + frame.w <= to.x + to.w + slack;
			var x = above ? 0 : (frame.x - to.x) / to.w, w = above ? 1 : frame.w / to.w;

			frame.element.classList.toggle('off', !above && !inside);
			frame.element.classList.toggle('up', above);
			if (!above && !inside)
				return;
			frame.rect.setAttribute('x', left + x * width);
			frame.rect.setAttribute('width', Math.max(w * width - 0.4, 0.1));
			frame.text.setAttribute('x', left + x * width + 3);
			label(frame, w * width);
		});
	}

	function showAll() {
		sections.forEach(function (frames) {
			if (frames.length > 0)
				zoom(frames, frames[0]);
		});
	}

	/* Time below frames that match; a match inside another counts once. */
	function mark() {
		var text = search.value, pattern = null, told = [];

		if (/^\/.+\/$/.test(text)) {
			try {
				pattern = new RegExp(text.slice(1, -1), 'i');
			} catch (error) {
				found.textContent = 'no pattern';
				return;
			}
		}
		sections.forEach(function (frames, index) {
			var ns = 0, until = -1, depth = 0;

			frames.forEach(function (frame) {
				var hit = text !== '' && (pattern ? pattern.test(frame.name)
					: frame.name.toLowerCase().indexOf(text.toLowerCase()) >= 0);

				frame.element.classList.toggle('hit', hit);
				if (hit && !(frame.x < until - 1e-7 && frame.d > depth)) {
					ns += frame.ns;
					until = frame.x + frame.w;
					depth = frame.d;
				}
			});
			if (frames.length > 0 && text !== '')
				told.push((index === 0 ? 'on ' : 'off ') +
					(100 * ns / frames[0].ns).toFixed(1) + '%');
		});
		found.textContent = told.join(', ');
	}

	sections.forEach(function (frames) {
		frames.forEach(function (frame) {
			frame.element.addEventListener('click', function () { zoom(frames, frame); });
			frame.element.addEventListener('mouseover', function () {
				detail.textContent = frame.title;
			});
			frame.element.addEventListener('mouseout', function () { detail.textContent = hint; });
		});
	});
	search.addEventListener('input', mark);
	svg.addEventListener('keydown', function (event) {
		if (event.key === 'Escape') {
			showAll();
			search.value = '';
			mark();
		} else if (event.key === '/' && document.activeElement !== search) {
			event.preventDefault();
			search.focus();
		}
	});
	svg.dataset.ready = 'yes';
})();
