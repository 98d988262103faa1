//! A drawing that goes from one scene to the next: what moves is moved frame by frame, what comes and what leaves fades.

use super::super::page::Link;
use super::nodes;
use crate::scene::motion::{self, FRAME_MS, Motion, Pace};
use crate::scene::{Node, Scene};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::collections::BTreeSet;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// What is drawn.
#[derive(Properties, Clone)]
pub(super) struct Props {
    pub(super) scene: Rc<Scene>,
    /// How it follows the scene before it.
    pub(super) pace: Pace,
    pub(super) selected: Option<u64>,
    /// Width and height in pixels.
    pub(super) size: (f64, f64),
    pub(super) link: Link,
}

/// The link is always the page's.
impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        (&self.scene, self.pace, self.selected, self.size) == (&other.scene, other.pace, other.selected, other.size)
    }
}

/// A motion under way.
#[derive(Debug)]
struct Running {
    motion: Motion,
    /// The elements of its shapes, in its own order.
    moved: Vec<Element>,
    come: Vec<Element>,
    left: Option<Element>,
    /// Milliseconds into it, and when the last frame was.
    ms: f64,
    last: Option<f64>,
    /// The frame that is asked for.
    _frame: AnimationFrame,
}

/// What the nodes say while a motion runs: where it starts from. Yew may draw frames between a view and what follows it.
#[derive(Debug)]
struct Start {
    scene: Scene,
    /// Shapes that are not seen yet.
    hidden: BTreeSet<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Drawing {
    svg: NodeRef,
    start: Option<Start>,
    /// What fades over the scene.
    left: Vec<Node>,
    /// The motion that starts once the nodes are there.
    next: Option<Motion>,
    running: Option<Running>,
    /// Shapes whose elements another motion left somewhere on their way.
    touched: Vec<usize>,
}

/// A frame is drawn at this time.
#[derive(Debug)]
pub(super) struct Frame(f64);

impl Component for Drawing {
    type Message = Frame;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let Props { scene, pace, size, .. } = ctx.props();
        if *scene == old.scene {
            return true;
        }
        let shown = match (&self.running, &self.start) {
            (Some(running), _) => {
                self.touched = motion::same(&old.scene, scene, &running.shapes());
                old.scene.seen(&running.motion, running.ms)
            }
            (None, Some(start)) => start.scene.clone(),
            (None, None) => old.scene.as_ref().clone(),
        };
        let pace = if scene.form == old.scene.form { *pace } else { Pace::Cut };
        let motion = Motion::between(&shown, scene, pace, size.0 / scene.size.0);
        self.running = None;
        self.left.clone_from(&motion.left);
        self.start = (motion.ms() > 0.0)
            .then(|| Start { scene: scene.seen(&motion, 0.0), hidden: motion.come.iter().map(|come| come.shape).collect() });
        self.next = Some(motion);
        true
    }

    fn update(&mut self, ctx: &Context<Self>, Frame(now): Frame) -> bool {
        let Some(running) = &mut self.running else { return false };
        running.ms += running.last.map_or(0.0, |last| (now - last).clamp(0.0, FRAME_MS));
        running.last = Some(now);
        if running.ms < running.motion.ms() {
            running.show();
            running._frame = ask(ctx);
            return false;
        }
        (self.running, self.start) = (None, None);
        self.left.clear();
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { scene, selected, size, link, .. } = ctx.props();
        let all = BTreeSet::new();
        let (scene, hidden) = self.start.as_ref().map_or((scene.as_ref(), &all), |start| (&start.scene, &start.hidden));
        nodes::view(
            &nodes::Shown { scene, hidden, left: &self.left, selected: *selected, moving: self.start.is_some() },
            link,
            *size,
            &self.svg,
        )
    }

    fn rendered(&mut self, ctx: &Context<Self>, _: bool) {
        let Some(motion) = self.next.take() else { return };
        let Some(shapes) = self.svg.cast::<Element>().and_then(|svg| svg.query_selector_all("rect,path,circle,text").ok()) else { return };
        let element = |shape: usize| {
            use wasm_bindgen::JsCast as _;
            shapes.item(u32::try_from(shape).ok()?)?.dyn_into::<Element>().ok()
        };
        for shape in std::mem::take(&mut self.touched) {
            let scene = self.start.as_ref().map_or(ctx.props().scene.as_ref(), |start| &start.scene);
            if let (Some(element), Some((_, drawn))) = (element(shape), scene.shapes().get(shape)) {
                set(&element, &drawn.place);
                // An element without it needs nothing.
                let _ = element.remove_attribute("opacity");
            }
        }
        if motion.ms() <= 0.0 {
            return;
        }
        let (Some(moved), Some(come)) =
            (motion.moved.iter().map(|m| element(m.shape)).collect(), motion.come.iter().map(|c| element(c.shape)).collect())
        else {
            return;
        };
        let left = self.svg.cast::<Element>().and_then(|svg| svg.query_selector(":scope > .left").ok().flatten());
        let running = Running { motion, moved, come, left, ms: 0.0, last: None, _frame: ask(ctx) };
        running.show();
        self.running = Some(running);
    }
}

fn ask(ctx: &Context<Drawing>) -> AnimationFrame {
    let link = ctx.link().clone();
    request_animation_frame(move |now| link.send_message(Frame(now)))
}

impl Running {
    /// The shapes whose elements it moves or fades.
    fn shapes(&self) -> Vec<usize> {
        self.motion.moved.iter().map(|moved| moved.shape).chain(self.motion.come.iter().map(|come| come.shape)).collect()
    }

    fn show(&self) {
        for (element, moved) in self.moved.iter().zip(&self.motion.moved) {
            set(element, &moved.place(&self.motion, self.ms));
        }
        let opaque = |element: &Element, share: f64| {
            let _ = element.set_attribute("opacity", &crate::scene::hundredths(share));
        };
        for (element, come) in self.come.iter().zip(&self.motion.come) {
            opaque(element, come.seen(&self.motion, self.ms));
        }
        if let Some(element) = &self.left {
            opaque(element, self.motion.leaving(self.ms));
        }
    }
}

fn set(element: &Element, place: &crate::scene::Place) {
    for (name, value) in place.attributes() {
        let _ = element.set_attribute(name, &value);
    }
}
