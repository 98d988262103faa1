//! A sentence whose terms are explained on hover, focus and tap.

use super::embed;
use crate::timeline::terms::{Piece, pieces};
use yew::prelude::*;

fn id(n: usize) -> String {
    format!("term-{n}")
}

/// The sentence, its terms as buttons.
pub(super) fn said(sentence: &str) -> Html {
    let mut n = 0;
    let piece = |piece: Piece<'_>| match piece {
        Piece::Words(text) => html! { <>{ text.to_owned() }</> },
        Piece::Term(text, _) => {
            n += 1;
            html! { <button type="button" class={classes!("term", id(n))} aria-describedby={id(n)}>{ text.to_owned() }</button> }
        }
    };
    let all: Vec<Html> = pieces(sentence).into_iter().map(piece).collect();
    html! { <span class="told">{ for all }</span> }
}

/// What the terms of the sentence mean; each is seen while its word, or itself, is pointed at or focused.
pub(super) fn explained(sentence: &str) -> Html {
    let terms = pieces(sentence).into_iter().filter_map(|piece| if let Piece::Term(_, term) = piece { Some(term) } else { None });
    let tip = |(n, term): (usize, &'static crate::timeline::terms::Term)| {
        let page = embed::page_of_book(term.page).map(|at| html! { <>{ " " }<a href={at}>{ "In the book" }</a></> });
        html! { <div class={classes!("tip", id(n + 1))}><span role="tooltip" id={id(n + 1)}><dfn>{ term.word }</dfn>{ " " }{ term.means }</span>{ page }</div> }
    };
    html! { <>{ for terms.enumerate().map(tip) }</> }
}
