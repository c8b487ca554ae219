#pragma once

#include <vector>

namespace tessera::spec::test {

/// Every event type's line with all its fields, and the shortest line of it.
inline const std::vector<const char*>& valid_events() {
  static const std::vector<const char*> lines = {
      R"({"t": 0, "type": "guest.join", "guest": "mia", "id": "e1", "x_note": [1, {"a": null}]})",
      R"({"t": "0:00:01.500", "type": "guest.leave", "guest": "mia"})",
      R"({"t": 2, "type": "guest.mute", "guest": "mia", "audio": true, "video": false})",
      R"({"t": 2, "type": "guest.mute", "guest": "ada"})",
      R"({"t": 3, "type": "guest.unmute", "guest": "mia", "audio": false})",
      R"({"t": 4, "type": "guest.focus", "guest": "ada"})",
      R"({"t": 5, "type": "guest.focus", "guest": null})",
      R"({"t": 6, "type": "layout.set", "layout": "split"})",
      R"({"t": 7, "type": "layout.set", "layout": "custom", "transition": 0, "rects": [
         {"guest": "mia", "x": 0, "y": -0.5, "w": 1, "h": 0.25, "fit": "contain", "z": -3, "alpha": 0.5, "radius": 1.5, "border": 0.25},
         {"guest": "ada", "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}]})",
      R"({"t": 8, "type": "gift", "asset": "rose", "user": {"id": "u"}})",
      R"({"t": 8, "type": "gift", "asset": "rose", "user": {"id": "u", "name": "Uma", "avatar": "u.png"}, "guest": "mia", "count": 99, "streak": "s", "value": 5, "text": "hi"})",
      R"({"t": 9, "type": "coins.drop", "user": {"id": "u"}, "coins": 100, "duration": 10})",
      R"({"t": 10, "type": "comment", "user": {"id": "u"}, "text": "hello", "lang": "de-CH"})",
      R"({"t": 10.1, "type": "comment.pin", "user": {"id": "u"}, "text": "pinned"})",
      R"({"t": 11, "type": "question.show", "user": {"id": "u"}, "text": "why?"})",
      R"({"t": 12, "type": "question.hide"})",
      R"({"t": 12, "type": "question.hide", "user": {"id": "u"}, "text": "why?"})",
      R"({"t": 13, "type": "poll.open", "poll": "p1", "question": "which?", "options": ["a", "b", "c"]})",
      R"({"t": 14, "type": "poll.count", "poll": "p1", "counts": [1, 2, 3]})",
      R"({"t": 15, "type": "poll.close", "poll": "p1"})",
      R"({"t": 15, "type": "poll.close", "poll": "p1", "counts": [4, 5, 6]})",
      R"({"t": 16, "type": "goal.set", "label": "roses", "target": 100, "value": 5})",
      R"({"t": 17, "type": "goal.progress", "value": 50})",
      R"({"t": 18, "type": "product.pin", "title": "Mug", "price": "9 EUR", "image": "mug.png"})",
      R"({"t": 19, "type": "product.unpin"})",
      R"({"t": 20, "type": "match.start", "teams": [["mia"], ["ada"]], "duration": 60})",
      R"({"t": 21, "type": "match.score", "scores": [10, 20]})",
      R"({"t": 22, "type": "match.end", "scores": [10, 30], "winner": "ada"})",
      R"({"t": 23, "type": "shoutout", "user": {"id": "u"}, "text": "welcome"})",
      R"({"t": 24, "type": "moderate", "guest": "mia", "action": "blur", "start": 1, "end": 2, "audio": true})",
      R"({"t": 24, "type": "moderate", "rect": {"x": 0, "y": 0, "w": 0.5, "h": 0.5}, "action": "blackout", "start": "0:00:01", "end": 2})",
      R"({"t": 25, "type": "retract", "id": "e999"})",
      R"({"t": 26, "type": "caption", "text": "Hello", "end": 27, "lang": "en"})",
      R"({"t": 28, "type": "marker", "label": "Part 2"})",
  };
  return lines;
}

struct WrongEvent {
  const char* line;
  const char* message;  ///< of "log:1"
  bool structural = true;
};

inline const std::vector<WrongEvent>& wrong_events() {
  static const std::vector<WrongEvent> samples = {
      {R"({"t": 1, "type": "gift", "asset": "rose", "user": {"id": "u"}, "count": -3})",
       "log:1:/count: -3; wanted a whole number from 1 to 1000000"},
      {R"({"t": 1, "type": "gfit", "asset": "rose"})",
       "log:1:/type: \"gfit\" is no event type; did you mean \"gift\"?"},
      {R"({"t": 1})", "log:1:/type: missing; wanted a text of 1 to 64 characters"},
      {R"({"type": "marker", "label": "x"})",
       "log:1:/t: missing; wanted seconds from 0 to 604800, as a number or \"h:mm:ss.mmm\""},
      {R"({"t": -1, "type": "marker", "label": "x"})",
       "log:1:/t: -1; wanted seconds from 0 to 604800, as a number or \"h:mm:ss.mmm\""},
      {R"({"t": 1, "type": "marker", "label": "x", "lable": "y"})",
       "log:1:/lable: unknown field; did you mean \"label\"?"},
      {R"(["marker"])", "log:1: a list of 1; wanted an object"},
      {R"({"t": 1, "type": "marker", "label": "x")",
       "log:1:40: no valid JSON: syntax error while parsing object - unexpected end of input; expected '}'", false},
      {R"({"t": 1, "type": "marker", "label": "x", "label": "y"})",
       "log:1:/label: the key is given twice in one object; wanted once", false},
      {R"({"t": 1, "type": "guest.join", "guest": "mai"})",
       "log:1:/guest: \"mai\" is no guest of the job; did you mean \"mia\"?", false},
      {R"({"t": 1, "type": "guest.join", "guest": null})",
       "log:1:/guest: null; wanted an id: 1 to 128 of A-Z a-z 0-9 . _ -"},
      {R"({"t": 1, "type": "guest.focus"})",
       "log:1:/guest: missing; wanted an id: 1 to 128 of A-Z a-z 0-9 . _ -, or null"},
      {R"({"t": 1, "type": "gift", "asset": "tulip", "user": {"id": "u"}})",
       "log:1:/asset: \"tulip\" is not in the job's assets", false},
      {R"({"t": 1, "type": "gift", "asset": "rose", "user": {"name": "u"}})",
       "log:1:/user/id: missing; wanted a text of 1 to 256 characters"},
      {R"({"t": 1, "type": "layout.set", "layout": "custom"})",
       "log:1:/rects: missing; wanted at least one rect for the layout \"custom\"", false},
      {R"({"t": 1, "type": "layout.set", "layout": "grid", "rects": [{"guest": "mia", "x": 0, "y": 0, "w": 1, "h": 1}]})",
       "log:1:/rects: given for another layout than \"custom\"; wanted none", false},
      {R"({"t": 1, "type": "layout.set", "layout": "custom", "rects": [{"guest": "bob", "x": 0, "y": 0, "w": 1, "h": 1}]})",
       "log:1:/rects/0/guest: \"bob\" is no guest of the job", false},
      {R"({"t": 1, "type": "layout.set", "layout": "custom", "rects": [{"guest": "mia", "x": 0, "y": 0, "w": 1, "h": 1, "fit": "stretch"}]})",
       "log:1:/rects/0/fit: \"stretch\"; wanted fill, cover or contain"},
      {R"({"t": 1, "type": "poll.count", "poll": "p", "counts": [1, 2]})",
       "log:1:/poll: \"p\" is opened by no poll.open", false},
      {R"({"t": 1, "type": "poll.open", "poll": "p", "question": "q", "options": ["a"]})",
       "log:1:/options: a list of 1; wanted a list of 2 to 20"},
      {R"({"t": 1, "type": "match.start", "teams": [["mia"], ["eve"]], "duration": 3})",
       "log:1:/teams/1/0: \"eve\" is no guest of the job", false},
      {R"({"t": 1, "type": "moderate", "action": "blur", "start": 1, "end": 2})",
       "log:1: neither of guest and rect; wanted exactly one", false},
      {R"({"t": 1, "type": "moderate", "guest": "mia", "rect": {"x": 0, "y": 0, "w": 1, "h": 1}, "action": "blur", "start": 1, "end": 2})",
       "log:1: both of guest and rect; wanted exactly one", false},
      {R"({"t": 1, "type": "moderate", "guest": "mia", "action": "blur", "start": 2, "end": 2})",
       "log:1:/end: is not after `start`; wanted start < end", false},
      {R"({"t": 1, "type": "moderate", "guest": "mia", "action": "hide", "start": 1, "end": 2})",
       "log:1:/action: \"hide\"; wanted blur, pixelate or blackout"},
      {R"({"t": 1, "type": "caption", "text": "x", "end": 1})", "log:1:/end: is not after `t`; wanted t < end", false},
      {R"({"t": 1, "type": "retract"})", "log:1:/id: missing; wanted a text of 1 to 256 characters"},
  };
  return samples;
}

}  // namespace tessera::spec::test
