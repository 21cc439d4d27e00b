# ruff: noqa: E501  (markup is as long as it is)
"""The pages as HTML, byte for byte as the original's templates make them.

The markup is that of WebShop (Princeton NLP, MIT License), which agents that read HTML are trained on; blank lines and
mismatched tags included.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from textarena_rl.envs.webshop.pages import json_on_page
from textarena_rl.envs.webshop.products import Product
from textarena_rl.envs.webshop.shop import Shop

__all__ = ["escaped", "html", "link"]

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"})
_CDN = "https://cdnjs.cloudflare.com/ajax/libs/font-awesome"
_BOOTSTRAP = '<link rel="stylesheet" href="https://maxcdn.bootstrapcdn.com/bootstrap/3.4.1/css/bootstrap.min.css">'
_START = '<!DOCTYPE html>\n<html>\n  <head>\n    <link rel="stylesheet" href="/static/style.css">\n'
_ICON = '    <link rel="icon" href="data:,">\n  </head>\n  <body>\n'
_OUTER_HEAD = f"""{_START}    <link rel="stylesheet" href="{_CDN}/4.7.0/css/font-awesome.min.css">
    {_BOOTSTRAP}
{_ICON}    <!-- Code reference: https://bootsnipp.com/snippets/m13mN -->
    <div class="container" style="margin-top: 8%;">
      <div class="col-md-6 col-md-offset-3">{" " * 5}
        <div class="row">
"""
_INNER_HEAD = f"""{_START}    {_BOOTSTRAP}
    <link rel="stylesheet" href="{_CDN}/4.0.3/css/font-awesome.css\t">
    <script src="https://ajax.googleapis.com/ajax/libs/jquery/3.5.1/jquery.min.js"></script>
    <script src="https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.bundle.min.js"></script>
{_ICON}    <div class="container py-5">
"""


def escaped(said: str) -> str:
    """A text as HTML shows it.

    >>> escaped("men's & <b>")
    'men&#39;s &amp; &lt;b&gt;'
    """
    return said.translate(_ENTITIES)


def link(shop: Shop, **parts: object) -> str:
    """The address behind a button: the session, then the parts in order; keywords once each.

    Args:
        shop: Whose session.
        **parts: Names and values; a true ``keywords`` stands for the words of the query.
    """
    pairs = [("session_id", shop.session)]
    for name, value in parts.items():
        values = shop.state.keywords if name == "keywords" else (str(value),)
        pairs += [(name, one) for one in values]
    address = "/?" + "&".join(f"{name}={quote_plus(value, safe='$!()*,;' + chr(39))}" for name, value in pairs)
    return escaped(address)


def _form(action: str, button: str, *, kind: str = "primary", indent: int) -> str:
    margin = " " * indent
    return (
        f'{margin}<form method="post" action="{action}">\n'
        f'{margin}  <button type="submit" class="btn btn-{kind}">{escaped(button)}</button>\n'
        f"{margin}</form>\n"
    )


def _top(shop: Shop) -> str:
    return f"""{_INNER_HEAD}      <div class="row top-buffer">
        <div class="col-sm-6">
          <div id="instruction-text" class="text-center">
            <h4>Instruction:<br>{escaped(shop.goal.instruction)}</h4>
          </div>
        </div>
      </div>
      <div class="row top-buffer">
{_form(link(shop), "Back to Search", kind="success", indent=8)}      </div>
"""


def _previous(address: str) -> str:
    return f'      <div class="row top-buffer">\n{_form(address, "< Prev", indent=8)}      </div>\n'


def _search_page(shop: Shop) -> str:
    return f"""{_OUTER_HEAD}          <div id="logo" class="text-center">
            <h2>WebShop</h2>
          </div>
          <div id="instruction-text" class="text-center">
            <h4>Instruction: <br>{escaped(shop.goal.instruction)}</h4>
          </div>
          <form role="form" id="form-buscar" method="post" action="{link(shop)}">
            <div class="form-group">
              <div class="input-group">
                <input id="search_input" class="form-control" type="text" name="search_query" placeholder="Search..." required/>
                <span class="input-group-btn">
                  <button class="btn btn-success" type="submit"><i class="glyphicon glyphicon-search" aria-hidden="true"></i>Search</button>
                </span>
              </div>
            </div>
          </form>
        </div>{" " * 12}
      </div>
    </div>
  </body>
</html>"""


def _detail(name: str, said: str) -> str:
    return f"""                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-{name}">{escaped(said)}</h5>
                    </div>
"""


def _result(shop: Shop, product: Product) -> str:
    address = link(shop, asin=product.asin, keywords=True, page=shop.state.results_page, options={})
    details = _detail("category", product.category) + _detail("query", product.query)
    details += _detail("product_category", product.product_category)
    heading = "mt-0 font-weight-bold mb-2 product"
    return f"""        <div class="col-lg-12 mx-auto list-group-item">
          <div class="col-lg-4">
            <img src="{escaped(product.image)}" class="result-img">
          </div>
          <div class="col-lg-8">
            <ul class="list-group shadow">
                <div class="media align-items-lg-center flex-column flex-lg-row p-3">
                  <div class="media-body order-2 order-lg-1 searched-product">
{" " * 20}
                    <h4 class="{heading}-asin"><a class="product-link" href="{address}">{escaped(product.asin)}</a></h5>
                    <h4 class="{heading}-title">{escaped(product.title)}</h5>
                    <div class="d-flex align-items-center justify-content-between mt-1">
                      <h5 class="font-weight-bold my-2 product-price">{escaped(product.price_tag)}</h6>
                    </div>
<!--
{details}-->
                  </div>
                </div>
            </ul>
          </div>
        </div>
{" " * 8}
"""


def _turn(shop: Shop, step: int, button: str) -> str:
    address = link(shop, keywords=True, page=shop.state.results_page + step)
    return f'            <div class="col-sm-2">\n{_form(address, button, indent=14)}            </div>\n'


def _results_page(shop: Shop) -> str:
    page = shop.state.results_page
    empty = '            <div class="col-sm-2">\n            </div>\n'
    turns = (_turn(shop, -1, "< Prev") if page > 1 else empty) + _turn(shop, 1, "Next >")
    results = "".join(_result(shop, shop.catalogue.product(number)) for number in shop.shown)
    return f"""{_top(shop)}      <div class="row top-buffer">
        <div class="col-sm-8">
          <div class="display-4">
            <h3>Page {page} (Total results: {len(shop.hits)})</h3>
          </div>
{" " * 10}
{turns}{" " * 10}
        </div>
      </div>

      <div class="row top-buffer">
{" " * 8}
{results}      </div>
    </div>
  </body>
</html>"""


def _value(shop: Shop, name: str, place: int, value: str) -> str:
    options = {**shop.state.options, name: value}
    address = link(shop, asin=shop.product.asin, keywords=True, page=shop.state.results_page, options=options)
    label, shown = f"radio_{escaped(name)}{place}", escaped(value)
    margin, blank = " " * 18, (" " * 18 + "\n") * 3
    return (
        f'{blank}{margin}<input type="radio" id="{label}" name="{escaped(name)}" value="{shown}" data-url="{address}">\n'
        f'{margin}<label for="{label}">{shown}</label>\n{" " * 16}\n'
    )


def _options(shop: Shop) -> str:
    written = ""
    for name, values in shop.product.options.items():
        written += f"""            <div class="row top-buffer">
              <h4>{escaped(name)}</h4>
              <div class="radio-toolbar">
{" " * 16}
{"".join(_value(shop, name, place, value) for place, value in enumerate(values))}              </div>
            </div>
{" " * 10}
"""
    return written


def _sub_page_button(shop: Shop, button: str, name: str) -> str:
    page, options = shop.state.results_page, shop.state.options
    address = link(shop, asin=shop.product.asin, keywords=True, page=page, sub_page=button, options=options)
    return f"""            <div class="col-sm-3" name="{name}">
              <form method="post" action="{address}">
                <button class="btn btn-primary" type="submit">{button}</button>
              </form>
            </div>
"""


def _script(options: Mapping[str, str], images: Mapping[str, str | None]) -> str:
    chosen, pictures = json_on_page(dict(options)), json_on_page(dict(images))
    return """  <script>
    $(document).ready(function() {
      $('input:radio').each(function() {
        //console.log($(this).val());
        let options = JSON.parse(`%s`);
        let optionValues = $.map(options, function(value, key) { return value });
        //console.log(optionValues);
        if (optionValues.includes($(this).val())) {
          $(this).prop('checked', true);

          let option_to_image = JSON.parse(`%s`);
//          console.log($(this).val());
//          console.log(options);
//          console.log(option_to_image);
          let image_url = option_to_image[$(this).val()];

          //console.log(image_url);
          if (image_url) {
            $("#product-image").attr("src", image_url);
          }
        }
        
        // reload with updated options
        this.addEventListener("click", function() {
          window.location.href = this.dataset.url;
        });

      });
    });
  </script>
</html>""".replace("%s", chosen, 1).replace("%s", pictures, 1)


def _item_page(shop: Shop) -> str:
    product = shop.product
    buttons = [("Description", "description"), ("Features", "bulletpoints"), ("Reviews", "reviews")]
    written = "".join(_sub_page_button(shop, *button) for button in buttons) + " " * 12 + "\n"
    if shop.rules.show_attrs:
        written += _sub_page_button(shop, "Attributes", "attributes") + " " * 12 + "\n"
    buy = link(shop, asin=product.asin, options=shop.state.options)
    return f"""{_top(shop)}{_previous(link(shop, keywords=True, page=shop.state.results_page))}      <div class="row top-buffer">
        <div class="col-md-4 mb-4 mb-md-0">
          <div class="row top-buffer">
            <img id="product-image" src="{escaped(product.image)}" class="item-page-img">
          </div>
{" " * 10}
{_options(shop)}        </div>
        <div class="col-md-6">
          <h2>{escaped(product.title)}</h2>
          <h4>Price: {escaped(product.price_tag)}</h4>
          <h4>Rating: N.A.</h4>
          <div class="row top-buffer">
{written}          </div>
        </div>
        <div class="col-sm-2">
          <div class="row top-buffer">
            <form method="post" action="{buy}">
              <button type="submit" class="btn btn-lg purchase">Buy Now</button>
            </form>
          </div>
        </div>
      </div>
    </div>
  </body>
{_script(shop.state.options, product.option_images)}"""


def _bullets(said: tuple[str, ...], kind: str) -> str:
    margin = " " * 18
    rows = "".join(f'{margin}<li><p class="{kind}"> {escaped(one)}</p></li>\n{margin}\n' for one in said)
    return f"                <ul>\n{margin}\n{rows}                </ul>\n"


def _card(name: str, inside: str) -> str:
    return f"""            <div class="col-sm-6" name="{name}">
              <div class="card card-body">
{inside}              </div>
            </div>
"""


def _sub_page(shop: Shop) -> str:
    product, name = shop.product, shop.state.sub_page
    back = link(shop, asin=product.asin, keywords=True, page=shop.state.results_page, options=shop.state.options)
    if name == "Description":
        card = _card("description", f'                <p class="product-info">{escaped(product.description)}</p>\n')
    elif name == "Features":
        card = _card("bulletpoints", _bullets(product.bullets, "product-info"))
    elif name == "Reviews":
        card = _card("reviews", " " * 16 + "\n")
    else:
        card = _card("description", _bullets(product.attributes, "attribute"))
        said = {"category": product.category, "query": product.query, "product_category": product.product_category}
        details = "".join(_detail(key, value) for key, value in said.items())
        details = "".join(line[4:] + "\n" for line in details.splitlines())
        card += f'            <div class="col-sm-6" name="description">\n{details}            </div>\n'
    return f"""{_top(shop)}{_previous(back)}      <div class="row top-buffer">
        <div class="col-md-12">
          <div class="row top-buffer">
{card}          </div>
        </div>
      </div>
    </div>
  </body>
</html>"""


def _done(shop: Shop) -> str:
    assert shop.state.verdict is not None
    margin = " " * 14

    def field(name: str, label: str, said: str = "", end: str = "h4") -> str:
        return f'{margin}<h4 id="{name}">{label}<pre>{escaped(said)}</pre></{end}>\n'

    purchased = field("asin", "asin", shop.product.asin, "p")
    purchased += field("options", "options", "@options@").replace("@options@", json_on_page(shop.state.options))
    purchased += field("purchased_attrs", "attrs", "None") + field("purchased-category", "category", "None")
    purchased += field("purchased-query", "query", "None") + field("purchased-pc", "product category", "None")
    wanted = field("goal-asin", "asin", end="p") + field("goal-options", "options") + field("goal-attrs", "attrs")
    wanted += field("goal-price", "price upper") + field("goal-instruction-text", "instuction text")
    wanted += field("goal-category", "category") + field("goal-pc", "product category") + field("goal-query", "query")
    return f"""{_OUTER_HEAD}          <div id="thankyou" class="text-center">
            <h1>Thank you for shopping with us!</h1>
          </div>
          <div id="stats" class="text-center">
            <h3 align="mturk_code">Your code: </h3>
            <p><pre>None</pre> (Paste it in your MTurk interface.)</p>
            <div style="display:none">
              <h2 align="left">Purchased</h2>
              <hr class="solid">
{purchased}              <h2 align="left">Target</h2>
              <hr class="solid">
{wanted}              <h4>Goal <div id="goal"><pre>None</pre></div></h4>
              <h2 align="left">Reward</h2>
            </div>
            <hr class="solid">
      \t\t\t<h3   id="reward">Your score (min 0.0, max 1.0)<pre>{shop.state.verdict.reward}</pre></h3>
            <h4 hidden>Reward Details <div id="reward_info"><pre>None</pre></div></h4>
          </div>
        </div>{" " * 12}
      </div>
    </div>
  </body>
</html>"""


_PAGES = {
    "search": _search_page,
    "search_results": _results_page,
    "item_page": _item_page,
    "item_sub_page": _sub_page,
    "done": _done,
}


def html(shop: Shop) -> str:
    """The open page in the mode ``html``."""
    return _PAGES[shop.state.page](shop)
