"""How Sphinx builds these pages; run by ``make docs``, which writes out/docs."""

project = "waferflux"
author = "The waferflux authors"
extensions = ["myst_nb", "sphinx_external_toc"]
external_toc_path = "_toc.yml"

smartquotes = False  # words of a case file are copied
myst_heading_anchors = 4
nb_execution_mode = "inline"
nb_merge_streams = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True

html_theme = "furo"
html_title = "waferflux"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
