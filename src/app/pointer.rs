//! Where on an element a pointer is. The element comes from a [`NodeRef`]: Yew listens at its root alone, and that root is what an
//! event's `current_target` names.

use web_sys::{Element, MouseEvent};
use yew::NodeRef;

/// How far along an element's width and height a pointer is: 0 is its left or upper edge, 1 the other. Beyond the edges, where a drag
/// may lead, less or more. None while the element is not there or has no extent.
pub(super) fn share(on: &NodeRef, event: &MouseEvent) -> Option<(f64, f64)> {
    let rect = on.cast::<Element>()?.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
    (rect.width() > 0.0 && rect.height() > 0.0).then(|| (x / rect.width(), y / rect.height()))
}

/// Which of `count` equal parts of a length is at that share of it.
pub(super) fn part(share: f64, count: u64) -> Option<u64> {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to below the count, which is of things that are drawn"
    )]
    (0.0..1.0).contains(&share).then(|| ((share * count as f64) as u64).min(count.saturating_sub(1)))
}
